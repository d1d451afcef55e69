//! A model's name, taken apart for looking it up.

/// Returns a name as it is compared: in lower case, with `-` for dots, which providers and gateways use alike.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('.', "-")
}

/// Returns a model's name without what comes before it, and that, word by word: `openrouter/openai/gpt-4o`,
/// `publishers/google/models/gemini-2.5-pro`, `us.anthropic.claude-sonnet-4`.
pub(super) fn split(model: &str) -> (String, Vec<String>) {
    const REGIONS: &[&str] = &["us", "eu", "apac", "au", "jp", "ca", "global", "us-gov"];
    const MAKERS: &[&str] = &["anthropic", "amazon", "meta", "mistral", "cohere", "openai", "deepseek", "google"];
    let lower = model.trim().to_ascii_lowercase();
    let mut before: Vec<String> = lower.split('/').map(str::to_owned).collect();
    let mut name = before.pop().unwrap_or_default();
    if let Some((region, rest)) = name.split_once('.')
        && REGIONS.contains(&region)
    {
        name = rest.to_owned();
    }
    if let Some((maker, rest)) = name.split_once('.')
        && MAKERS.contains(&maker)
    {
        // Only Bedrock names its models so.
        before.push("aws.bedrock".to_owned());
        name = rest.to_owned();
    }
    (name, before)
}

/// Returns the names a model may be listed by, the fullest first: as it is, then step by step without Bedrock's and Vertex's
/// version (`-v2:0`, `@20240620`), date, `-latest` and number (`-002`).
pub(super) fn names(model: &str) -> Vec<String> {
    let mut names = vec![plain(model)];
    let mut name = model;
    while let Some(shorter) = without_end(name) {
        names.push(plain(shorter));
        name = shorter;
    }
    names
}

fn without_end(name: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((shorter, version)) = name.rsplit_once(':') {
        let versioned = shorter.rsplit_once("-v").is_some_and(|(_, major)| digits(major));
        return (digits(version) && versioned).then_some(shorter);
    }
    if let Some((shorter, version)) = name.rsplit_once('@') {
        return (digits(version) || version == "default" || version == "latest").then_some(shorter);
    }
    if let Some(shorter) = name.strip_suffix("-latest") {
        return Some(shorter);
    }
    let (shorter, end) = name.rsplit_once('-')?;
    if let Some(major) = end.strip_prefix('v') {
        return digits(major).then_some(shorter);
    }
    if !digits(end) {
        return None;
    }
    match end.len() {
        8 if end.starts_with("20") => Some(shorter),
        3 if end.starts_with("00") => Some(shorter),
        // 2024-07-18
        2 => {
            let (shorter, month) = shorter.rsplit_once('-')?;
            let (shorter, year) = shorter.rsplit_once('-')?;
            let is_date =
                digits(month) && month.len() == 2 && digits(year) && year.len() == 4 && year.starts_with("20");
            is_date.then_some(shorter)
        }
        _ => None,
    }
}

/// Says whether a name fits a pattern in which `*` stands for anything.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(middle) = last.replace(piece) {
            let middle: &str = middle;
            let Some(at) = rest.find(middle) else { return false };
            rest = &rest[at + middle.len()..];
        }
    }
    last.is_none_or(|last| rest.ends_with(last)) && (last.is_some() || rest.is_empty())
}
