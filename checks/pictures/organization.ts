import { Drawing, Theme } from './drawing';

/** What the set-up of an organization looks like: one account has the cache, all others pull through it. */
export function organization(theme: Theme): string {
  const drawing = new Drawing(
    880,
    420,
    'A central account has the rules, their tokens, the registry policy and the repository creation templates. ' +
      'Workload accounts pull through it.',
    theme,
  );
  drawing.frame({ x: 24, y: 24, width: 240, height: 372 }, 'Workload accounts');
  drawing.box({ x: 44, y: 68, width: 200, height: 84 }, ['Team A', 'ECS services', 'fromPullThroughCache…()']);
  drawing.box({ x: 44, y: 176, width: 200, height: 84 }, ['Team B', 'EKS cluster', 'redirect, admissionPolicy']);
  drawing.box({ x: 44, y: 284, width: 200, height: 84 }, ['Team C', 'pipelines and builds', 'dockerCredentials()']);

  drawing.frame({ x: 344, y: 24, width: 330, height: 372 }, 'Central account, one for each region');
  drawing.box({ x: 364, y: 68, width: 290, height: 84 }, ['PullThroughCache', 'a rule for each registry'], {
    accent: true,
  });
  drawing.box({ x: 364, y: 172, width: 290, height: 60 }, ['Registry policy', 'who may cause a first pull'], {
    accent: true,
  });
  drawing.box({ x: 364, y: 252, width: 290, height: 60 }, ['Creation templates', 'policy, lifecycle, key and tags'], {
    accent: true,
  });
  drawing.box({ x: 364, y: 332, width: 290, height: 48 }, ['Secrets: one token for each registry']);

  drawing.box({ x: 746, y: 68, width: 110, height: 84 }, ['Docker Hub', 'GitHub, Quay', 'and others']);
  drawing.arrow(
    [
      { x: 244, y: 110 },
      { x: 364, y: 110 },
    ],
    'pull',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 244, y: 218 },
      { x: 304, y: 218 },
      { x: 304, y: 124 },
      { x: 364, y: 124 },
    ],
    '',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 244, y: 326 },
      { x: 318, y: 326 },
      { x: 318, y: 138 },
      { x: 364, y: 138 },
    ],
    '',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 654, y: 110 },
      { x: 746, y: 110 },
    ],
    'fetch',
    { accent: true },
  );
  return drawing.svg();
}
