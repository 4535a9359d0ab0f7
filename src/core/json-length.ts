/** What CloudFormation fills in for its pseudo parameters, at the shortest. */
const SHORTEST: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-west-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * The length of a resolved value as JSON once CloudFormation has filled in its intrinsic functions: at least,
 * for what they give is not known. So a limit that is passed here is passed for certain.
 */
export function renderedLength(resolved: unknown): number {
  return JSON.stringify(fillIn(resolved))?.length ?? 0;
}

function fillIn(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(fillIn);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [name, argument] = entries[0];
    if (name === 'Ref') {
      return SHORTEST[argument as string] ?? '';
    }
    if (name === 'Fn::Join') {
      const [delimiter, parts] = argument as [string, unknown];
      return Array.isArray(parts) ? parts.map(fillIn).join(delimiter) : '';
    }
    if (name.startsWith('Fn::')) {
      return '';
    }
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, fillIn(item)]));
}
