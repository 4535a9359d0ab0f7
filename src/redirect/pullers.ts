import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/** Who pulls the images of a resource, made only when asked for, or why nobody is known. */
export type Pullers = { readonly grantees: () => IGrantable[] } | { readonly unknown: string };
