import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { displayText } from '../core/display';
import { known } from '../environment/environment';

/**
 * A text that names the host of a registry as whoever builds needs it: without tokens. The URL suffix is that of the
 * region; nothing where anything else is not known at synth.
 *
 * @param region of the registry
 */
export function literal(scope: IConstruct, text: string, region: string): string | undefined {
  const suffix = known(region) && RegionInfo.get(region).domainSuffix;
  const filled = displayText(scope, text).replace('${AWS::URLSuffix}', suffix ?? '${AWS::URLSuffix}');
  return filled.includes('${') ? undefined : filled;
}
