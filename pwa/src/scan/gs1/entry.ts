/** The shape of one line of GS1's dictionary; twin of `labels/gs1/entry.py`. */

export type CharacterSet = "N" | "X" | "Y" | "Z";

/** Character set, least and most characters, whether it may be missing, names of its checks. */
export type Component = readonly [CharacterSet, number, number, number, readonly string[]];

/**
 * First and last AI, whether no separator follows, whether it may stand in the query of a Digital Link, components, what
 * must be there too (of each list one group, all of it), what must not, and for a key what may follow it in the path.
 */
export type Row = readonly [
  first: string,
  last: string,
  isFixed: number,
  isAttribute: number,
  components: readonly Component[],
  needs: readonly (readonly (readonly string[])[])[],
  excludes: readonly string[],
  keyPaths: readonly (readonly string[])[] | null,
];
