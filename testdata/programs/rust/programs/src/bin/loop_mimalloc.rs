//! A loop of allocations through mimalloc, as many as the argument says.

#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    work::alternate();
}
