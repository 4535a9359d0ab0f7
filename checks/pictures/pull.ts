import { Drawing, Theme } from './drawing';

/** What a first and a later pull do. */
export function pull(theme: Theme): string {
  const drawing = new Drawing(
    880,
    372,
    'The first pull of an image makes Amazon ECR fetch and keep it. Later pulls are served by ECR.',
    theme,
  );
  const workload = (y: number) => ({ x: 24, y, width: 170, height: 84 });
  const registry = (y: number) => ({ x: 328, y, width: 262, height: 84 });
  const upstream = (y: number) => ({ x: 716, y, width: 140, height: 84 });
  const who = ['What pulls', 'ECS, EKS, Batch,', 'CodeBuild, docker'];

  drawing.text({ x: 24, y: 34 }, 'First pull', { bold: true, size: 17, anchor: 'start' });
  drawing.box(workload(52), who);
  drawing.box(registry(52), ['Amazon ECR in your account', 'makes the repository, keeps the image'], { accent: true });
  drawing.box(upstream(52), ['Docker Hub', 'and eight other', 'registries']);
  drawing.arrow(
    [
      { x: 194, y: 82 },
      { x: 328, y: 82 },
    ],
    '1 pull',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 590, y: 82 },
      { x: 716, y: 82 },
    ],
    '2 fetch',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 716, y: 122 },
      { x: 590, y: 122 },
    ],
    '3 image',
  );
  drawing.arrow(
    [
      { x: 328, y: 122 },
      { x: 194, y: 122 },
    ],
    '4 image',
  );
  drawing.text({ x: 459, y: 160 }, '111122223333.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx:1.27', {
    size: 14,
    colour: theme.quiet,
  });

  drawing.text({ x: 24, y: 214 }, 'Later pulls', { bold: true, size: 17, anchor: 'start' });
  drawing.box(workload(232), who);
  drawing.box(registry(232), ['Amazon ECR in your account', 'serves what it keeps'], { accent: true });
  drawing.box(upstream(232), ['Docker Hub', 'may be slow,', 'limited or down'], { dashed: true });
  drawing.arrow(
    [
      { x: 194, y: 262 },
      { x: 328, y: 262 },
    ],
    '1 pull',
    { accent: true },
  );
  drawing.arrow(
    [
      { x: 328, y: 302 },
      { x: 194, y: 302 },
    ],
    '2 image',
  );
  drawing.arrow(
    [
      { x: 590, y: 274 },
      { x: 716, y: 274 },
    ],
    'newer tag?',
    { dashed: true },
  );
  drawing.text({ x: 653, y: 294 }, 'at most once in 24 h', { size: 13, colour: theme.quiet });
  drawing.text(
    { x: 459, y: 346 },
    'One registry to permit, to scan and to pay for; the limits and outages of others stay outside.',
    {
      size: 14,
      colour: theme.quiet,
    },
  );
  return drawing.svg();
}
