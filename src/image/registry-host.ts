import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isCommercial, isGovCloud } from '../environment/partition';

/** An account and region, which may be tokens. */
interface RegistryEnvironment {
  readonly account: string;
  readonly region: string;
}

/**
 * Gives the host of an ECR registry. It is text where account and region are known, so that build arguments, reports
 * and people can read it, and holds tokens where the environment is open.
 */
export function registryHost(scope: IConstruct, { account, region }: RegistryEnvironment): string {
  return `${account}.dkr.ecr.${region}.${urlSuffix(scope, region)}`;
}

/**
 * Gives the dual-stack host of an ECR registry, which answers over IPv6 too.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
 */
export function dualStackRegistryHost({ account, region }: RegistryEnvironment): string {
  return `${account}.dkr-ecr.${region}.on.aws`;
}

/** Gives the suffix of AWS's hosts in the partition of a region: text for a region that is known, else a token. */
function urlSuffix(scope: IConstruct, region: string): string {
  if (Token.isUnresolved(region)) {
    return Stack.of(scope).urlSuffix;
  }
  if (isCommercial(region) || isGovCloud(region)) {
    return 'amazonaws.com';
  }
  // Loaded here and not above: what CDK knows of all regions takes as long to load as this library.
  const regionInfo: typeof import('aws-cdk-lib/region-info') = require('aws-cdk-lib/region-info');
  return regionInfo.RegionInfo.get(region).domainSuffix ?? Stack.of(scope).urlSuffix;
}
