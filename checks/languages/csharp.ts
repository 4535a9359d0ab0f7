import { writeFileSync } from 'fs';
import { join } from 'path';
import { build, checkTwin, twins } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { attempt } from '../support/run';

/** The C# twins are compiled by .NET, with the package that jsii makes. */
step(async () => {
  if (attempt('dotnet', ['--version']).status !== 0) {
    skip('there is no .NET');
  }
  // Not the packages of whoever runs this, which would keep the library.
  const env = { NUGET_PACKAGES: workDirectory('nuget'), DOTNET_CLI_TELEMETRY_OPTOUT: 'true', DOTNET_NOLOGO: 'true' };
  const reach = attempt('dotnet', ['restore'], { cwd: smallProject(), env });
  if (reach.status !== 0) {
    skip(`the NuGet registry cannot be reached\n${reach.said}`);
  }

  const built = build('dotnet', [], env);
  const properties = [
    '--property:CdkEcrPullThroughCacheVersion=0.0.0',
    `--property:RestoreAdditionalProjectSources=${built}`,
  ];
  const all = twins('csharp');
  for (const { example, directory } of all) {
    checkTwin(example, 'C#', ['dotnet', 'run', '--project', directory, ...properties].join(' '), env);
  }
  return `the templates of ${all.length} C# twins are those of TypeScript`;
});

/** A project with a small package that whatever jsii makes for C# needs. */
function smallProject(): string {
  const directory = workDirectory('reach');
  writeFileSync(
    join(directory, 'Reach.csproj'),
    `
    <Project Sdk="Microsoft.NET.Sdk">
      <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
      <ItemGroup><PackageReference Include="Constructs" Version="10.5.0" /></ItemGroup>
    </Project>`,
  );
  return directory;
}
