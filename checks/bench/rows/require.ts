import { execFileSync } from 'child_process';
import { PACKAGE } from '../../support/library';
import { BENCH } from '../../support/run';
import { count } from '../apps';
import { QUICK, Sample, summarize } from '../measure';
import { PEERS } from '../peers';
import { report, show } from '../result';

/** In a process of its own, since a package is loaded once. */
const SCRIPT = `
  const { App, Stack } = require('aws-cdk-lib');
  require('aws-cdk-lib/aws-ecr').CfnPullThroughCacheRule;
  require('aws-cdk-lib/aws-secretsmanager').Secret;
  const before = new Set(Object.keys(require.cache));
  const cpuTime = (run) => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  let library;
  const load = cpuTime(() => { library = require(process.argv[1]); });
  const services = new Set(Object.keys(require.cache).filter((file) => !before.has(file))
    .map((file) => /[\\\\/]aws-cdk-lib[\\\\/](aws-[^\\\\/]+)[\\\\/]/.exec(file)?.[1]).filter(Boolean));
  const use = cpuTime(() => Object.values(library));
  console.log(JSON.stringify({ load, all: load + use, services: services.size }));
`;

interface Loaded {
  readonly load: number;
  readonly all: number;
  readonly services: number;
}

const packages = [PACKAGE, ...PEERS];
const rounds = count(QUICK ? 1 : 15).map(
  () =>
    new Map(
      packages.map((name): [string, Loaded] => [
        name,
        JSON.parse(execFileSync(process.execPath, ['-e', SCRIPT, name], { cwd: BENCH, encoding: 'utf8' })),
      ]),
    ),
);

const sample = (name: string, figure: 'load' | 'all') => summarize(rounds.map((round) => round.get(name)![figure]));
const services = (name: string) => rounds[0].get(name)!.services;
const best = (figure: 'load' | 'all') => Math.min(...PEERS.map((peer) => sample(peer, figure).median));
const list = (of: (peer: string) => string) => PEERS.map((peer) => `${peer} ${of(peer)}`).join(', ');
const ms = (of: Sample) => `${of.median.toFixed(2)} ms`;

const [load, all] = [sample(PACKAGE, 'load'), sample(PACKAGE, 'all')];
report(
  {
    what: '`require`, on top of core, ecr and secretsmanager',
    against: 'peers',
    ours: show(load, ' ms'),
    theirs: list((peer) => ms(sample(peer, 'load'))),
    aim: 'at most 2.5 ms, and the best',
    met: load.median <= 2.5 && load.median <= best('load'),
  },
  {
    what: '`require`, and then all that it exports',
    against: 'peers',
    ours: show(all, ' ms'),
    theirs: list((peer) => ms(sample(peer, 'all'))),
    aim: '',
  },
  {
    what: 'further service modules of aws-cdk-lib',
    against: 'peers',
    ours: String(services(PACKAGE)),
    theirs: list((peer) => String(services(peer))),
    aim: 'none',
    met: services(PACKAGE) === 0,
  },
);
