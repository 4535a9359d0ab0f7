import { renderDocument } from './cloudformation-text';

/** What CloudFormation fills in for its pseudo parameters, at the shortest. */
const SHORTEST: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-west-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * Measures a resolved value as JSON once CloudFormation has filled in its functions: at least, for what they give is
 * not known. So a limit that is passed here is passed for certain.
 */
export function renderedLength(resolved: unknown): number {
  const filled = renderDocument(resolved, ({ name, argument }) => (name === 'Ref' ? (SHORTEST[argument] ?? '') : ''));
  return JSON.stringify(filled)?.length ?? 0;
}
