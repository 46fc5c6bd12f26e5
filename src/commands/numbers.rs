//! Numbers as people read them.

use djc_runtime::status::Count;

/// Writes a number with a blank between thousands, `~` before an estimate.
pub(super) fn count(count: Count) -> String {
    let digits = count.number().to_string();
    let mut out = String::from(if count.is_exact() { "" } else { "~" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Writes bytes with two digits or more: `96 kB`, `3.4 GB`.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_short() {
        assert_eq!(count(Count::Estimated(1_234_567)), "~1 234 567");
        assert_eq!(count(Count::Exact(999)), "999");
        assert_eq!(
            [0, 999, 1000, 16_384, 9_960, 999_500, 3_400_000_000].map(bytes),
            ["0 B", "999 B", "1.0 kB", "16 kB", "10 kB", "1.0 MB", "3.4 GB"]
        );
    }
}
