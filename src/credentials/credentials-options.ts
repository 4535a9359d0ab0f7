import type { Schedule } from 'aws-cdk-lib/aws-events';

/**
 * How credentials are verified.
 */
export interface VerifyCredentialsOptions {
  /**
   * Any text, such as a date: when it changes, the credentials are verified again.
   *
   * @default - verified once, and again when the rule gets another secret, role or upstream
   */
  readonly trigger?: string;
}

/**
 * How credentials are watched.
 */
export interface WatchCredentialsOptions {
  /**
   * When to look at the rules. Each look asks ECR to sign in once for each rule.
   *
   * @default Schedule.rate(Duration.hours(6))
   */
  readonly schedule?: Schedule;
}
