/** Replaces `${NAME}` in config values with environment variables. `$${` is a literal `${`. */
import { type Document, isScalar, visit } from 'yaml';

export interface UnsetVariable {
  readonly name: string;
  readonly offset: number;
}

/** Expands all string scalars of the document in place. Returns the variables that are not set. */
export function expandEnv(document: Document, env: Readonly<Record<string, string | undefined>>): UnsetVariable[] {
  const unset: UnsetVariable[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(/\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string | undefined) => {
        if (name === undefined) return whole.slice(1);
        const value = env[name];
        if (value === undefined) unset.push({ name, offset: node.range?.[0] ?? 0 });
        return value ?? '';
      });
    },
  });
  return unset;
}
