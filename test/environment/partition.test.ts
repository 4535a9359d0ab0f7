import { RegionInfo } from 'aws-cdk-lib/region-info';
import { isChina, isCommercial, isGovCloud } from '../../src/environment/partition';

describe('regions', () => {
  const partitionOf = (region: string) => RegionInfo.get(region).partition;

  test.each([
    ['aws', isCommercial],
    ['aws-us-gov', isGovCloud],
    ['aws-cn', isChina],
  ])('of the partition %s are told by their names', (partition, isOf) => {
    const regions = RegionInfo.regions.map(({ name }) => name).filter((name) => partitionOf(name) !== undefined);
    expect(regions.filter(isOf)).toEqual(regions.filter((region) => partitionOf(region) === partition));
    expect(regions.filter(isOf).length).toBeGreaterThan(1);
  });

  test.each(['xx-new-1', 'us-iso-east-1', 'eusc-de-east-1', 'eu-isoe-west-1'])(
    '%s is none of the partition aws',
    (region) => expect(isCommercial(region)).toBe(false),
  );
});
