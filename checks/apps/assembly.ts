import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { Environment, environmentOf, Json, plain } from './plain';

/** A template of a cloud assembly, also of a nested stack or of a stage. */
export interface Template {
  readonly name: string;
  /** As the manifest names it. */
  readonly place: string;
  readonly environment: Environment;
  readonly tree: Json;
}

export interface Assembly {
  readonly templates: Template[];
  /** What the CLI would print: warnings and errors. */
  readonly notes: { level: 'warning' | 'error'; path: string; text: string }[];
}

/** Reads all templates that are deployed. */
export function readAssembly(directory: string, prefix = ''): Assembly {
  const json = (file: string): Json => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const templates: Template[] = [];
  const notes: Assembly['notes'] = [];
  for (const [id, artifact] of Object.entries<Json>(json('manifest.json').artifacts ?? {})) {
    if (artifact.type === 'cdk:cloud-assembly') {
      const inner = readAssembly(join(directory, artifact.properties.directoryName), `${prefix}${id}/`);
      templates.push(...inner.templates);
      notes.push(...inner.notes);
    }
    if (artifact.type !== 'aws:cloudformation:stack') {
      continue;
    }
    const place = artifact.environment.replace('aws://', '');
    const environment = environmentOf(place);
    const add = (name: string, file: string) => {
      const template = json(file);
      templates.push({ name: prefix + name, place, environment, tree: plain(template, environment) });
      for (const [resource, { Type, Metadata }] of Object.entries<Json>(template.Resources ?? {})) {
        const nested = Type === 'AWS::CloudFormation::Stack' ? Metadata?.['aws:asset:path'] : undefined;
        if (typeof nested === 'string' && existsSync(join(directory, nested))) {
          add(`${name}.${resource}`, nested);
        }
      }
    };
    add(id, artifact.properties.templateFile);
    const metadata = artifact.additionalMetadataFile ? json(artifact.additionalMetadataFile) : artifact.metadata;
    for (const [path, entries] of Object.entries<Json[]>(metadata ?? {})) {
      for (const { type, data } of entries) {
        const level = /^aws:cdk:(warning|error)$/.exec(type)?.[1];
        if (level) {
          notes.push({ level: level as 'warning', path, text: String(data) });
        }
      }
    }
  }
  return { templates, notes };
}
