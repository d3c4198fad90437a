//! What the tests of docs/CI.md measure.

/// Loads a file of so many lines, each into a block of its own.
pub fn load(lines: usize) -> Vec<Box<[u8; 1000]>> {
    (0..lines).map(|n| Box::new([n as u8; 1000])).collect()
}
