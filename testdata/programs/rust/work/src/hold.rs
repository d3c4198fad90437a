/// Returns a block of so many bytes; None if that was refused.
#[inline(never)]
pub fn hold(bytes: usize) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    block.try_reserve_exact(bytes).ok()?;
    Some(block)
}
