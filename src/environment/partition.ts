/** Tells whether a region is one of China: ECR works there, its pull through cache does not. */
export function isChina(region: string): boolean {
  return region.startsWith('cn-');
}

/** Tells whether a region is one of GovCloud: the guides of AWS disagree about pull through cache there. */
export function isGovCloud(region: string): boolean {
  return region.startsWith('us-gov-');
}
