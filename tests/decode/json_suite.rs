//! The JSON parsing test suite of Nicolas Seriot, as a request and as an attribute's value.

use base64::Engine as _;

use super::requests::decode_json;

fn files() -> Vec<(String, Vec<u8>)> {
    let suite = include_str!("../fixtures/hostile/json_test_suite.txt");
    let base64 = base64::engine::general_purpose::STANDARD;
    let lines = suite.lines().filter(|line| !line.starts_with('#'));
    let mut files: Vec<(String, Vec<u8>)> = lines
        .map(|line| {
            let (name, content) = line.split_once('\t').unwrap();
            (name.to_owned(), base64.decode(content).unwrap())
        })
        .collect();
    files.push(("n_structure_100000_opening_arrays.json".to_owned(), vec![b'['; 100_000]));
    files.push(("n_structure_open_array_object.json".to_owned(), [br#"[{"":"#.repeat(50_000), vec![b'\n']].concat()));
    files
}

#[test]
fn what_is_json_is_accepted_and_what_is_not_is_refused() {
    let files = files();
    let count = |start: &str| files.iter().filter(|(name, _)| name.starts_with(start)).count();
    assert_eq!((count("y_"), count("n_"), count("i_")), (95, 188, 35));
    for (name, content) in files {
        let value = [
            br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","attributes":[{"key":"k","value":"#.to_vec(),
            content.clone(),
            b"}]}]}]}]}".to_vec(),
        ]
        .concat();
        let (whole, value) = (decode_json(content), decode_json(value));
        match name.as_bytes()[0] {
            b'y' => {
                assert!(whole.is_ok(), "{name}: {whole:?}");
                assert!(value.as_ref().is_ok_and(|value| value.spans.len() == 1), "{name}: {value:?}");
            }
            b'n' => {
                assert!(whole.is_err(), "{name}");
                assert!(value.is_err(), "{name}: {value:?}");
            }
            _ => {}
        }
    }
}
