import { compare, FAILURES } from './compare';
import type { Json } from './plain';
import type { Sample } from './trial';

/** Each kind of failure, made by hand in what a redirection has made. */
const BREAKS: Record<Exclude<(typeof FAILURES)[number], 'crash'>, (after: Json, before: Json) => void> = {
  missed: (after, before) =>
    eachTask(after, (task, id) => {
      task.ContainerDefinitions = before.Resources[id].Properties.ContainerDefinitions;
    }),
  wrong: (after) => eachTask(after, (task) => task.ContainerDefinitions.forEach((one: Json) => (one.Image += '-1'))),
  'without permission': (after) => {
    for (const { Type, Properties } of Object.values<Json>(after.Resources)) {
      if (Type === 'AWS::IAM::Policy') {
        Properties.PolicyDocument.Statement = {};
      }
    }
  },
  'other change': (after) => eachTask(after, (task) => (task.Family = 'another')),
};

/**
 * Whether the comparison sees what is broken.
 *
 * @returns what it does not see
 */
export function sabotage(samples: Sample[]): string[] {
  return Object.entries(BREAKS)
    .filter(([failure, breakIt]) => {
      const seen = samples.filter(({ before, after }) => {
        const broken = structuredClone(after);
        broken.templates.forEach(({ name, tree }) => {
          const original = before.templates.find((template) => template.name === name);
          if (original) {
            breakIt(tree, original.tree);
          }
        });
        return compare(before, broken, {}).some(({ verdict }) => verdict === failure);
      });
      return seen.length === 0;
    })
    .map(([failure]) => failure);
}

function eachTask(template: Json, change: (properties: Json, id: string) => void): void {
  for (const [id, { Type, Properties }] of Object.entries<Json>(template.Resources)) {
    if (Type === 'AWS::ECS::TaskDefinition') {
      change(Properties, id);
    }
  }
}
