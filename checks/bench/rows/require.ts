import { execFileSync } from 'child_process';
import { PACKAGE } from '../../support/library';
import { BENCH } from '../../support/run';
import { PEERS } from '../peers';
import { runs } from '../processes';
import { digits, Outcome, show, showRatio } from '../result';
import { Sample, summarize } from '../statistics';

/** What is most like this library in what it does. */
const RIVAL = 'cdk-ecr-deployment';

const NAMES = [PACKAGE, ...PEERS];

/** In a process of its own, since a package is loaded once, and with all of the modules that this library builds on. */
const SCRIPT = `
  for (const module of ['', '/aws-ecr', '/aws-iam', '/aws-secretsmanager']) {
    Object.values(require('aws-cdk-lib' + module));
  }
  const before = new Set(Object.keys(require.cache));
  const cpuTime = (run) => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  let library;
  const load = cpuTime(() => { library = require(process.argv[1]); });
  const use = cpuTime(() => Object.values(library));
  const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
  const services = new Set(loaded.map((file) => /[\\\\/]aws-cdk-lib[\\\\/](aws-[^\\\\/]+)[\\\\/]/.exec(file)?.[1]));
  services.delete(undefined);
  console.log(JSON.stringify({ load, all: load + use, services: services.size, names: Object.keys(library).length }));
`;

interface Loaded {
  readonly load: number;
  readonly all: number;
  readonly services: number;
  readonly names: number;
}

function loaded(name: string): Loaded {
  return JSON.parse(execFileSync(process.execPath, ['-e', SCRIPT, name], { cwd: BENCH, encoding: 'utf8' }));
}

/** What it takes to load the library, and all of it, beside libraries of others. */
export function measure(): Outcome {
  const rounds = Array.from(
    { length: runs(25) },
    (_, round) => new Map((round % 2 === 0 ? NAMES : [...NAMES].reverse()).map((name) => [name, loaded(name)])),
  );
  const sample = (name: string, figure: 'load' | 'all') => summarize(rounds.map((round) => round.get(name)![figure]));
  const list = (of: (peer: string) => string) => PEERS.map((peer) => `${peer} ${of(peer)}`).join(', ');
  const ms = ({ median }: Sample) => `${digits(median)} ms`;
  const fact = (name: string, figure: 'services' | 'names') => rounds[0].get(name)![figure];
  const [load, all] = [sample(PACKAGE, 'load'), sample(PACKAGE, 'all')];
  const ratio = summarize(rounds.map((round) => round.get(PACKAGE)!.all / round.get(RIVAL)!.all));
  return {
    results: [
      {
        what: '`require`, on top of core, ECR, IAM and Secrets Manager',
        against: 'peers',
        ours: show(load, ' ms'),
        theirs: list((peer) => ms(sample(peer, 'load'))),
        aim: 'at most 2.5 ms, and the best',
        met: load.median <= 2.5 && PEERS.every((peer) => load.median <= sample(peer, 'load').median),
      },
      {
        what: `\`require\`, and all ${fact(PACKAGE, 'names')} names that it exports`,
        against: `${RIVAL} and the ${fact(RIVAL, 'names')} names that it exports`,
        ours: show(all, ' ms'),
        theirs: show(sample(RIVAL, 'all'), ' ms'),
        ratio: showRatio(ratio),
        aim: 'at most 1.5 times',
        met: ratio.median <= 1.5,
      },
      {
        what: 'further service modules of aws-cdk-lib',
        against: 'peers',
        ours: String(fact(PACKAGE, 'services')),
        theirs: list((peer) => String(fact(peer, 'services'))),
        aim: 'none',
        met: fact(PACKAGE, 'services') === 0,
      },
    ],
  };
}
