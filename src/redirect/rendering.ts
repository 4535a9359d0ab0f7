import type { CfnResource, IPostProcessor, IResolvable, IResolveContext } from 'aws-cdk-lib';
import type { Json } from './rendered-properties';

/**
 * What CDK calls for the text of a template. It is internal, and has had this name and shape since CDK's first version.
 */
interface Renderable {
  _toCloudFormation(): { readonly Resources?: { readonly [logicalId: string]: IResolvable } };
}

/** What CDK would render of a resource now, without our changes; nothing for one that is left out of the template. */
export function definitionOf(resource: CfnResource): IResolvable | undefined {
  const [definition] = Object.values((resource as unknown as Renderable)._toCloudFormation().Resources ?? {});
  return definition instanceof ChangedDefinition ? definition.definition : definition;
}

/** A resource as it stands in the template. */
export interface Rendered {
  readonly properties: Json;
  readonly metadata: Json;
  /** What it was rendered from. */
  readonly definition: IResolvable;
}

/**
 * Looks at, and changes, what CDK renders of a resource, each time that it does. Nothing is read before, so that
 * whatever an app adds until then is seen, and no value is asked for that CDK does not ask for.
 *
 * @param change gets the resource with all functions and overrides, whose properties may be changed in place
 */
export function onRender(resource: CfnResource, change: (rendered: Rendered, context: IResolveContext) => void): void {
  const renderable = resource as unknown as Renderable;
  const render = renderable._toCloudFormation.bind(resource);
  renderable._toCloudFormation = () => {
    const fragment = render();
    const changed = Object.entries(fragment.Resources ?? {}).map(([id, definition]) => [
      id,
      new ChangedDefinition(definition, change),
    ]);
    return changed.length === 0 ? fragment : { ...fragment, Resources: Object.fromEntries(changed) };
  };
}

/** A definition with a step after the last of CDK's own, which merges the overrides. */
class ChangedDefinition implements IResolvable {
  public readonly creationStack: string[] = [];

  constructor(
    public readonly definition: IResolvable,
    private readonly change: (rendered: Rendered, context: IResolveContext) => void,
  ) {}

  public resolve(context: IResolveContext): Json {
    let merge: IPostProcessor = { postProcess: (value) => value };
    const listening = Object.create(context, {
      registerPostProcessor: { value: (processor: IPostProcessor) => (merge = processor) },
    });
    const rendered = this.definition.resolve(listening);
    context.registerPostProcessor({
      postProcess: (value, last) => {
        const merged = merge.postProcess(value, last);
        if (merged) {
          const { Properties: properties = {}, Metadata: metadata = {} } = merged;
          this.change({ properties, metadata, definition: this.definition }, last);
        }
        return merged;
      },
    });
    return rendered;
  }

  public toString(): string {
    return this.definition.toString();
  }
}
