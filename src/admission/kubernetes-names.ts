import type { Problem } from '../core/errors';
import { holdsToken } from '../core/tokens';

/** The names and labels of Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAMESPACE = new RegExp(`^${LABEL}$`);
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const LABEL_PART = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LONGEST_SUBDOMAIN = 253;

/** What is wrong with the name of a namespace. */
export function nameProblems(what: string, name: string): Problem[] {
  return NAMESPACE.test(name) || holdsToken(name)
    ? []
    : [
        {
          id: 'AdmissionNamespaces.name',
          what: `the name of the ${what} is not valid in Kubernetes`,
          given: name,
          allowed: 'lower case letters, digits and "-" between them, at most 63 characters',
          fix: `name the ${what} as kubectl shows it`,
        },
      ];
}

/** What is wrong with the name of an object, in which dots may stand too. */
export function objectNameProblems(what: string, name: string, longest = LONGEST_SUBDOMAIN): Problem[] {
  return (SUBDOMAIN.test(name) && name.length <= longest) || holdsToken(name)
    ? []
    : [
        {
          id: 'AdmissionPolicy.name',
          what: `the name of the ${what} is not valid in Kubernetes`,
          given: name,
          allowed: `lower case letters and digits, with "-" or "." between them, at most ${longest} characters`,
          fix: 'give a name such as "ecr-pull-through-cache"',
        },
      ];
}

/** What is wrong with the key of a label: `cnpg.io/cluster`, `app`. */
export function labelKeyProblems(what: string, key: string): Problem[] {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  const isPrefix = slash === -1 || (SUBDOMAIN.test(prefix) && prefix.length <= LONGEST_SUBDOMAIN);
  return (isPrefix && LABEL_PART.test(key.slice(slash + 1))) || holdsToken(key)
    ? []
    : [
        {
          id: 'AdmissionPolicy.labelKey',
          what: `the key of the ${what} is not valid in Kubernetes`,
          given: key,
          allowed: 'a name of at most 63 characters, which a domain and a "/" may precede',
          fix: 'give a key such as "app" or "cnpg.io/cluster"',
        },
      ];
}

/** What is wrong with the value of a label. */
export function labelValueProblems(what: string, value: string): Problem[] {
  return value === '' || LABEL_PART.test(value) || holdsToken(value)
    ? []
    : [
        {
          id: 'AdmissionPolicy.labelValue',
          what: `the value of the ${what} is not valid in Kubernetes`,
          given: value,
          allowed: 'letters and digits, with "-", "_" or "." between them, at most 63 characters',
          fix: 'give a value such as "enabled"',
        },
      ];
}
