/**
 * The pooled containers of one codec, which steps edit: whether they are still those that were made.
 *
 * @module
 */

/** Knows the containers of one codec. */
export class Containers {
  readonly #objects: { readonly object: object; readonly fields: number }[] = [];

  /** Takes note of a container that has just been made; returns it. */
  keep<Container extends object>(container: Container): Container {
    this.#objects.push({ object: container, fields: Object.keys(container).length });
    return container;
  }

  /** Whether no step has left a field in them that is not in the schema, or made one of them something else. */
  get areIntact(): boolean {
    return this.#objects.every(({ object, fields }) => {
      const isList = Array.isArray(object);
      // A list has its length besides its items.
      return Reflect.ownKeys(object).length === (isList ? object.length + 1 : fields) &&
        Object.getPrototypeOf(object) === (isList ? Array.prototype : Object.prototype) &&
        Object.isExtensible(object);
    });
  }
}
