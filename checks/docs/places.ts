import { allKinds } from '../../src/redirect/kinds';
import type { DocumentedPlace } from '../../src/redirect/workload';

/** The table of docs/workloads.md: each type that names images, and what a redirection does with them. */
export function placesOfImages(): string {
  const places = allKinds().flatMap((kind) => kind.places);
  const sections: [string, DocumentedPlace[], (place: DocumentedPlace) => string[]][] = [
    ['Redirected', places.filter(({ puller }) => puller), ({ puller, reason = '' }) => [puller!, sentence(reason)]],
    ['Reported, with the reason', places.filter(({ puller }) => !puller), ({ reason }) => [sentence(reason!)]],
  ];
  const heads = ['type | where | who pulls, and is let | when not', 'type | where | why, and what to do'];
  return sections
    .map(([title, of, cells], index) => {
      const head = `| ${heads[index]} |`;
      const line = head.replace(/[^|]+/g, '---');
      const rows = [...of]
        .sort((one, other) => one.resourceType.localeCompare(other.resourceType))
        .map((place) => [`\`${place.resourceType}\``, place.paths.map(code).join('<br>'), ...cells(place)])
        .map((row) => `| ${row.join(' | ')} |`);
      return [`## ${title}`, '', head, line, ...rows].join('\n');
    })
    .join('\n\n');
}

/** A way to a property, and words about it. */
function code(path: string): string {
  const [way, ...words] = path.split(': ');
  return [`\`${way}\``, ...words].join(': ');
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
