using Amazon.CDK;

namespace Quickstart
{
    public static class Program
    {
        public static void Main()
        {
            var app = new App();
            new QuickstartStack(app, "Quickstart", new StackProps
            {
                Env = new Environment { Account = "111122223333", Region = "eu-west-1" },
            });
            app.Synth();
        }
    }
}
