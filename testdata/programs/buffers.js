// Allocates outside of the heap of JavaScript's: 400 Buffers of 20,000 bytes in fill, and 100 arrays of 80,000 bytes in
// Cache.grow, all of which live to the end. 16,000,000 bytes in all.
const keep = [];

function fill(n) {
  for (let i = 0; i < n; i++) keep.push(Buffer.alloc(20000, 1));
}

class Cache {
  grow(n) {
    for (let i = 0; i < n; i++) keep.push(new Float64Array(10000));
  }
}

fill(400);
new Cache().grow(100);
