//! How much memory a process holds, as Linux counts it.

use anyhow::{Context as _, Result};

/// The proportional set size of a process, in KiB: its own pages, and its part of those it shares.
///
/// # Errors
/// When there is no such process, or it is not ours.
pub fn held_kib(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("`{path}` cannot be read"))?;
    let kib = text
        .lines()
        .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix("kB"))
        .with_context(|| format!("`{path}` has no `Pss`"))?;
    Ok(kib.trim().parse()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_holds_something() {
        assert!(super::held_kib(std::process::id()).unwrap() > 100.0);
    }
}
