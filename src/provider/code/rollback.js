const { CloudFormationClient, DescribeStacksCommand } = require('@aws-sdk/client-cloudformation');

/** Tells whether a stack is rolled back; nothing where that cannot be known. */
async function isRolledBack(StackName, clock) {
  try {
    const asked = new DescribeStacksCommand({ StackName });
    const { Stacks } = await clock.retry(() => new CloudFormationClient(CLIENT).send(asked), []);
    return Stacks[0].StackStatus.includes('ROLLBACK');
  } catch (error) {
    console.error(error);
    return undefined;
  }
}
