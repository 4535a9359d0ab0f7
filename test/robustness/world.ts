import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Environment, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { HOME } from '../util';

/** Where a call of the library takes place. */
export const LOCATIONS = ['known environment', 'open environment', 'stage', 'nested stack'] as const;
export type Location = (typeof LOCATIONS)[number];

/** An app of its own for each call, and names in it that are new. */
export class World {
  public readonly app: App;
  public readonly stack: Stack;
  private readonly made = new Map<(world: World) => unknown, any>();

  /** @param guardsSecrets whether CDK refuses secrets outside of secret properties, as it does in apps that `cdk init` makes */
  constructor(
    location: Location,
    public readonly guardsSecrets: boolean,
  ) {
    this.app = new App({
      outdir: mkdtempSync(join(tmpdir(), 'robustness-')),
      analyticsReporting: false,
      stackTraces: false,
      context: { '@aws-cdk/core:checkSecretUsage': guardsSecrets },
    });
    this.stack = stackAt(location, this.app);
  }

  /** What a call is given of one kind is one thing, wherever it is given. */
  public once(make: (world: World) => any): any {
    if (!this.made.has(make)) {
      this.made.set(make, make(this));
    }
    return this.made.get(make);
  }
}

function stackAt(location: Location, app: App): Stack {
  const env: Environment | undefined = location === 'open environment' ? undefined : HOME;
  switch (location) {
    case 'stage':
      return new Stack(new Stage(app, 'Stage', { env }), 'Stack');
    case 'nested stack':
      return new NestedStack(new Stack(app, 'Stack', { env }), 'Nested');
    default:
      return new Stack(app, 'Stack', { env });
  }
}
