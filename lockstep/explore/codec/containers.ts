/**
 * The pooled containers of one codec, which steps edit: whether they are still those that were made.
 *
 * @module
 */

/** Knows the containers of one codec. */
export class Containers {
  readonly #objects: { readonly object: object; readonly fields: ReadonlySet<PropertyKey> }[] = [];

  /** Takes note of a container that has just been made; returns it. */
  keep<Container extends object>(container: Container): Container {
    this.#objects.push({ object: container, fields: new Set(Object.keys(container)) });
    return container;
  }

  /** Takes away the fields of objects that are not in the schema. */
  repair(): void {
    for (const { object, fields } of this.#objects) {
      if (Array.isArray(object)) continue;
      for (const name of Reflect.ownKeys(object)) if (!fields.has(name)) Reflect.deleteProperty(object, name);
    }
  }

  /** Whether no step has left a field in them that is not in the schema, or made one of them something else. */
  get areIntact(): boolean {
    return this.#objects.every(({ object, fields }) => {
      const isList = Array.isArray(object);
      // A list has its length besides its items.
      return Reflect.ownKeys(object).length === (isList ? object.length + 1 : fields.size) &&
        Object.getPrototypeOf(object) === (isList ? Array.prototype : Object.prototype) &&
        Object.isExtensible(object);
    });
  }
}
