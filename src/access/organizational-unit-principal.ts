import { PrincipalBase, PrincipalPolicyFragment } from 'aws-cdk-lib/aws-iam';
import { fail } from '../core/errors';
import { holdsToken } from '../core/tokens';

const PATH = /^o-[a-z0-9]{10,32}\/(?:r-[a-z0-9]{4,32}\/)(?:ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}\/)+\*?$/;

/**
 * All accounts of an organizational unit, and of the units below it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
 * @example
 * rule.allowPullFrom(new OrganizationalUnitPrincipal('o-exampleorg1/r-ab12/ou-ab12-11111111/'));
 */
export class OrganizationalUnitPrincipal extends PrincipalBase {
  /** The path of the unit in the organization, as given. */
  public readonly organizationPath: string;

  /**
   * Throws if the path is not one of AWS Organizations.
   *
   * @param organizationPath from the organization down to the unit, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`
   */
  constructor(organizationPath: string) {
    super();
    if (typeof organizationPath !== 'string' || !(holdsToken(organizationPath) || PATH.test(organizationPath))) {
      fail({
        id: 'OrganizationalUnitPrincipal.path',
        what: 'not the path of an organizational unit',
        given: organizationPath,
        allowed: 'o-<organization>/r-<root>/ou-<unit>/, with the units above it in between',
        fix: 'put together the ids that AWS Organizations shows, and end with a slash',
      });
    }
    this.organizationPath = organizationPath;
  }

  public get policyFragment(): PrincipalPolicyFragment {
    const paths = this.organizationPath.endsWith('*') ? this.organizationPath : `${this.organizationPath}*`;
    return new PrincipalPolicyFragment(
      { AWS: ['*'] },
      { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [paths] } },
    );
  }

  /** What makes two principals one. */
  public dedupeString(): string | undefined {
    return this.toString();
  }

  /** Gives the principal as text. */
  public toString(): string {
    return `OrganizationalUnitPrincipal(${this.organizationPath})`;
  }
}
