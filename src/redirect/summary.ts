import type { RedirectedImage } from './redirect-options';
import type { Problem } from '../core/errors';

/** A summary names no more images than this for one reason. */
const MOST_NAMED = 10;

/** What is said of the images that do not go through a cache, in one text: each image once, by reason. */
export function summaryOf(left: RedirectedImage[]): Problem {
  const byReason = new Map<string, Set<string>>();
  for (const { image, reason = '' } of left) {
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(image));
  }
  const count = new Set(left.map(({ image }) => image)).size;
  const [who, whom] = count === 1 ? ['an image does', 'it'] : [`${count} images do`, 'them'];
  const groups = [...byReason].map(([reason, images]) => `${listed([...images])} (${reason})`);
  return {
    id: 'Redirection.notRedirected',
    what: `${who} not go through the cache, which has a rule for ${whom}: ${groups.join('; ')}`,
    fix: 'do what the reasons say, or leave the images out with exclude of the redirection',
  };
}

function listed(images: string[]): string {
  const named = images.slice(0, MOST_NAMED).join(', ');
  return images.length <= MOST_NAMED ? named : `${named} and ${images.length - MOST_NAMED} more`;
}
