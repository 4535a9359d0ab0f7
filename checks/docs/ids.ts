import { readPage } from './pages';

const MENTIONED = /cdk-ecr-pull-through-cache:(\w+\.\w+)/g;
const EXPLAINED = /^### (\w+\.\w+)$/gm;

/** The ids of errors and warnings that pages name, and that docs/messages.md does not explain. */
export function unknownIds(pages: string[]): string[] {
  const idsOf = (page: string, pattern: RegExp) => [...readPage(page).matchAll(pattern)].map(([, id]) => id);
  const explained = new Set(idsOf('docs/messages.md', EXPLAINED));
  return pages.flatMap((page) =>
    idsOf(page, MENTIONED)
      .filter((id) => !explained.has(id))
      .map((id) => `${page}: there is no message with the id ${id}`),
  );
}
