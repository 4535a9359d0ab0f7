/** Tells whether a region is one of China: ECR works there, its pull through cache does not. */
export function isChina(region: string): boolean {
  return region.startsWith('cn-');
}

/** Tells whether a region is one of GovCloud: the guides of AWS disagree about pull through cache there. */
export function isGovCloud(region: string): boolean {
  return region.startsWith('us-gov-');
}

/** The names of regions of the partition `aws`. Those of other partitions have more before the direction. */
const COMMERCIAL = /^(af|ap|ca|eu|il|me|mx|sa|us)-(central|(north|south)?(east|west)|north|south)-[0-9]+$/;

/** Tells whether a region is one of the partition `aws`. */
export function isCommercial(region: string): boolean {
  return COMMERCIAL.test(region);
}
