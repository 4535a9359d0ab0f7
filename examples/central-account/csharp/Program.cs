using Amazon.CDK;

namespace CentralAccount
{
    public static class Program
    {
        public const string Region = "eu-west-1";
        public const string CacheAccount = "111122223333";
        public const string TeamAccount = "444455556666";

        public static void Main()
        {
            var app = new App();
            new CacheStack(app, "CentralCache", new StackProps
            {
                Env = new Environment { Account = CacheAccount, Region = Region },
            });
            new TeamStack(app, "Team", new StackProps
            {
                Env = new Environment { Account = TeamAccount, Region = Region },
            });
            app.Synth();
        }
    }
}
