import type { Stack } from 'aws-cdk-lib';
import { renderDocument } from '../../../src/core/cloudformation-text';
import { byCdk, byImage, ofWholeRule } from '../apps/grants';
import { synthesize } from '../apps/support';
import { compare, QUICK, runPairs } from '../processes';
import { count, Outcome, Result, show, showRatio } from '../result';

const IMAGES = QUICK ? 10 : 1_000;

/** What IAM allows: inline policies of a role in all, a managed policy, and managed policies of a role by default. */
const LIMITS = { inline: 10_240, managed: 6_144, attached: 10 };

/** Grants of many images to one role, against those of CDK's repositories. */
export function measure(): Outcome {
  const job = { app: 'grants', size: IMAGES };
  const pairs = runPairs(
    [
      { ...job, side: 'ours' },
      { ...job, side: 'theirs' },
    ],
    { least: 8, most: 20 },
    ({ first }) => first,
  );
  const { ours, theirs, ratio } = compare(pairs, ({ first }) => first);
  return {
    results: [
      {
        what: `grants of ${count(IMAGES)} images to one role`,
        against: '`grantPull` of CDK',
        ours: show(ours, ' ms'),
        theirs: show(theirs, ' ms'),
        ratio: showRatio(ratio),
        aim: 'at most 1.10 times',
        met: ratio.median <= 1.1,
      },
      policy(`policies of a role with ${count(IMAGES)} grants by image`, byImage(IMAGES)),
      policy('policies of a role with one grant of the whole rule', ofWholeRule),
    ],
  };
}

function policy(what: string, make: (stack: Stack) => void): Result {
  return {
    what,
    against: '`grantPull` of CDK',
    ours: describe(policies(make)),
    theirs: describe(policies(byCdk(IMAGES))),
    aim: 'under the limits of IAM',
    met: fits(policies(make)),
  };
}

interface Policies {
  readonly statements: number;
  readonly inline: number;
  readonly managed: number[];
}

function policies(make: (stack: Stack) => void): Policies {
  const resources = Object.values(synthesize(make).Resources) as {
    Type: string;
    Properties: { PolicyDocument: { Statement: unknown[] } };
  }[];
  const documents = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties.PolicyDocument);
  const length = (document: unknown) => JSON.stringify(renderDocument(document, () => 'aws')).length;
  const [inline, managed] = [documents('AWS::IAM::Policy'), documents('AWS::IAM::ManagedPolicy')];
  return {
    statements: [...inline, ...managed].flatMap(({ Statement }) => Statement).length,
    inline: inline.map(length).reduce((sum, next) => sum + next, 0),
    managed: managed.map(length),
  };
}

function fits({ inline, managed }: Policies): boolean {
  return (
    inline <= LIMITS.inline && managed.length <= LIMITS.attached && managed.every((length) => length <= LIMITS.managed)
  );
}

function describe({ statements, inline, managed }: Policies): string {
  const more = managed.length > 0 ? [`${managed.length} managed policies of up to ${Math.max(...managed)}`] : [];
  return [`${statements} statements; ${inline} characters inline`, ...more].join(' and ');
}
