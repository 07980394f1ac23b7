//! Quantities as Kubernetes writes them
//! (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).

/// What a quantity stands for, in thousandths; `None` if it is none. Exponents, which nobody writes by hand, are none.
pub(super) fn thousandths(text: &str) -> Option<u128> {
    const SUFFIXES: [(&str, u128); 13] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("Ei", 1 << 60),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
        ("E", 1_000_000_000_000_000_000),
        ("", 1),
    ];
    // The only one below 1.
    if let Some(number) = text.strip_suffix('m') {
        return decimal(number).map(|(digits, scale)| digits.div_ceil(scale));
    }
    let (number, factor) =
        SUFFIXES.iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)))?;
    let (digits, scale) = decimal(number)?;
    Some(digits.checked_mul(*factor)?.checked_mul(1000)?.div_ceil(scale))
}

/// The digits of a number, and what they are to be divided by.
fn decimal(text: &str) -> Option<(u128, u128)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(part) || whole.len() + part.len() > 18 {
        return None;
    }
    if text.contains('.') && part.is_empty() {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(part.len()).ok()?);
    Some((format!("{whole}{part}").parse().ok()?, scale))
}

#[cfg(test)]
mod tests {
    #[test]
    fn quantities_are_what_kubernetes_says() {
        for (text, thousandths) in [
            ("0", 0),
            ("1", 1_000),
            ("100m", 100),
            ("0.5", 500),
            ("1.5", 1_500),
            ("2k", 2_000_000),
            ("64Mi", 64 * 1024 * 1024 * 1000),
            ("2Gi", 2 * 1024 * 1024 * 1024 * 1000),
            ("0.5Gi", 512 * 1024 * 1024 * 1000),
            ("1.5m", 2),
        ] {
            assert_eq!(super::thousandths(text), Some(thousandths), "{text}");
        }
        for text in [
            "",
            "m",
            "-1",
            "+1",
            "1 Gi",
            "1gi",
            "1K",
            "1e3",
            ".5",
            "5.",
            "1.2.3",
            "Gi",
            "1234567890123456789",
        ] {
            assert_eq!(super::thousandths(text), None, "{text}");
        }
    }
}
