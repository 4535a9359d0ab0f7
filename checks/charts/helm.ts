import { execFile, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { homedir, tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { attempt } from '../support/run';

const MODULE = 'helm.sh/helm/v3';
const VERSION = 'v3.22.0';
/** Without a cluster Helm takes a version that most charts refuse. */
const KUBERNETES = '1.33.0';

const execute = promisify(execFile);

/** What Helm makes of a chart and its values: the manifests, or why it refuses. */
export type Rendered = { readonly manifests: string } | { readonly refusal: string };

/** Helm itself: that of `HELM` or the machine, or built from its source. Nothing where there is no Go either. */
export function findHelm(): string | undefined {
  const given = process.env.HELM ?? 'helm';
  if (spawnSync(given, ['version'], { stdio: 'ignore' }).status === 0) {
    return given;
  }
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    return undefined;
  }
  const directory = join(homedir(), '.cache', 'cdk-ecr-pull-through-cache');
  const helm = join(directory, `helm-${VERSION}`);
  return existsSync(helm) || build(directory, helm) ? helm : undefined;
}

/** Some minutes the first time. */
function build(directory: string, helm: string): boolean {
  const source = join(directory, 'helm-source');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'go.mod'), 'module helm-of-the-check\n');
  console.log(`building Helm ${VERSION} in ${source}`);
  const got = attempt('go', ['get', `${MODULE}/cmd/helm@${VERSION}`], { cwd: source });
  const built = got.status === 0 ? attempt('go', ['build', '-o', helm, `${MODULE}/cmd/helm`], { cwd: source }) : got;
  if (built.status !== 0) {
    console.log(built.said);
  }
  return built.status === 0;
}

/** Renders a chart. What was rendered once is kept: most values stay as they are from run to run. */
export async function render(helm: string, chart: string, values: unknown, fresh = false): Promise<Rendered> {
  const text = JSON.stringify(values);
  const key = createHash('sha256').update(`${helm}\n${chart}\n${text}`).digest('hex');
  const cache = join(tmpdir(), 'checks-charts');
  const kept = join(cache, `${key}.json`);
  if (!fresh && existsSync(kept)) {
    return JSON.parse(readFileSync(kept, 'utf8'));
  }
  mkdirSync(cache, { recursive: true });
  const valuesFile = join(cache, `${key}.values.json`);
  writeFileSync(valuesFile, text);
  const args = [
    'template',
    'trial',
    chart,
    '--values',
    valuesFile,
    '--kube-version',
    KUBERNETES,
    '--namespace',
    'trial',
  ];
  const rendered = await execute(helm, args, { maxBuffer: 256 * 1024 * 1024 }).then(
    ({ stdout }) => ({ manifests: stdout }),
    (error) => ({ refusal: String(error.stderr).trim().split('\n').slice(0, 12).join(' ').slice(0, 600) }),
  );
  if (!fresh) {
    writeFileSync(kept, JSON.stringify(rendered));
  }
  return rendered;
}
