/** Draws that take no key of ours; `tf.util.shuffle` and the like included. */
const DRAWS = new Set([
  'rand',
  'randomUniform',
  'randomUniformInt',
  'randomNormal',
  'randomStandardNormal',
  'truncatedNormal',
  'randomGamma',
  'multinomial',
  'dropout',
  'shuffle',
  'shuffleCombo',
  'createShuffledIndices',
  'randUniform',
]);

/**
 * ESLint rule: randomness comes from a key, so that one seed gives one result.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noUnkeyedRandom = {
  meta: { type: 'problem', docs: { description: 'randomness comes from a key' }, schema: [] },
  create(context) {
    /** @type {(node: any, draw: string) => void} */
    const report = (node, draw) =>
      context.report({
        node,
        message: `${draw} draws from a global generator: pass a key of @fovea/random (draws with a key: @fovea/random, @fovea/tensorflow).`,
      });
    return {
      /** @param {any} node */
      MemberExpression(node) {
        const name = propertyName(node);
        if (isNamed(node.object, 'Math') && name === 'random') report(node, 'Math.random');
        else if (DRAWS.has(name) && startsAtTf(node.object)) report(node, `tf.${name}`);
      },
      /** @param {any} node */
      VariableDeclarator({ id, init }) {
        if (id.type !== 'ObjectPattern' || !init) return;
        for (const property of id.properties) {
          const name = property.key?.name;
          if (isNamed(init, 'Math') && name === 'random') report(property, 'Math.random');
          else if (DRAWS.has(name) && startsAtTf(init)) report(property, `tf.${name}`);
        }
      },
    };
  },
};

/** @param {{ computed: boolean, property: { name: string, value: string } }} node */
function propertyName({ computed, property }) {
  return computed ? property.value : property.name;
}

/** @type {(node: { type: string, name?: string }, name: string) => boolean} */
const isNamed = (node, name) => node.type === 'Identifier' && node.name === name;

/**
 * True for `tf`, `tf.util`, `tf.data`, …, but not for `tf.tensor(…)`, whose methods are another matter.
 *
 * @type {(node: any) => boolean}
 */
const startsAtTf = (node) =>
  node.type === 'MemberExpression' ? startsAtTf(node.object) : isNamed(node, 'tf');
