/** Remembers what `make` returned for the latest keys (plain data), so that policies are cheap to make again. */
export function remembered<K, V>(make: (key: K) => V, capacity = 64): (key: K) => V {
  const known = new Map<string, V>();
  return (key) => {
    const name = JSON.stringify(key);
    const value = known.has(name) ? known.get(name)! : make(key);
    known.delete(name);
    known.set(name, value);
    if (known.size > capacity) known.delete(known.keys().next().value!);
    return value;
  };
}
