//! A loop of allocations through jemalloc, as many as the argument says.

#[global_allocator]
static HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    work::alternate();
}
