use super::*;

fn lists_everything(value: Value<'_, '_>) -> String {
    match value.kind() {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_owned(),
        Kind::Text(text) => format!("{:?}", text.read().0),
        Kind::List(items) => format!("[{}]", items.map(lists_everything).collect::<Vec<_>>().join(",")),
        Kind::Object(members) => {
            let members = members.map(|(key, value)| format!("{:?}:{}", key.read().0, lists_everything(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

fn read(bytes: &[u8]) -> String {
    lists_everything(check(bytes, 1000).unwrap().root())
}

#[test]
fn a_document_is_walked_in_order() {
    let text = br#" { "a" : [ 1 , -2.5e3 , "x\"y" , [ ] , { } ] , "b":{"c":[[true],[false,null]],"a":0}, "a":"z" } "#;
    let expected = r#"{"a":[1,-2.5e3,"x\"y",[],{}],"b":{"c":[[true],[false,null]],"a":0},"a":"z"}"#;
    assert_eq!(read(text), expected);
}

#[test]
fn parts_keep_their_bytes() {
    let document = check(br#"{"spans": [ {"a": 1 } , {"b":[ {} ]}]}"#, 1000).unwrap();
    let Kind::Object(mut members) = document.root().kind() else { panic!("an object") };
    let Kind::List(items) = members.next().unwrap().1.kind() else { panic!("a list") };
    let raw: Vec<&[u8]> = items.map(|item| item.raw()).collect();
    assert_eq!(raw, [&br#"{"a": 1 }"#[..], br#"{"b":[ {} ]}"#]);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(read(b"\xef\xbb\xbf {}"), "{}");
}

#[test]
fn texts_are_unescaped_and_repaired() {
    let cases: [(&[u8], &str, bool); 9] = [
        (br#""a\u00e9\n\/\\\"""#, "aé\n/\\\"", false),
        (br#""\ud83d\ude00""#, "😀", false),
        (br#""\ud83d""#, "\u{fffd}", true),
        (br#""\ude00x""#, "\u{fffd}x", true),
        (br#""\ud83d\ud83d\ude00""#, "\u{fffd}😀", true),
        (br#""\ud800\u0041""#, "\u{fffd}A", true),
        (br#""\u0000""#, "\0", false),
        (b"\"a\xffb\"", "a\u{fffd}b", true),
        (b"\"\xc3\\n\"", "\u{fffd}\n", true),
    ];
    for (bytes, text, repaired) in cases {
        let document = check(bytes, 10).unwrap();
        let Kind::Text(read) = document.root().kind() else { panic!("a text") };
        assert_eq!(read.read(), (text.into(), repaired), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn the_end_of_a_text_is_found_wherever_it_is() {
    for length in 0..40 {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2 + length / 3);
        assert_eq!(read(format!("[\"{text}\",1]").as_bytes()), format!("[\"{text}\",1]"));
    }
}

#[test]
fn what_is_not_json_is_refused_with_the_place() {
    let cases: [(&[u8], &str); 40] = [
        (b"", "line 1 column 1"),
        (b" ", "line 1 column 2"),
        (b"\xef\xbb\xbf", "line 1 column 4"),
        (b"\xff\xfe[\0]\0", "line 1 column 1"),
        (b"[1,]", "line 1 column 4"),
        (b"[,1]", "line 1 column 2"),
        (b"[1 2]", "line 1 column 4"),
        (b"[", "line 1 column 2"),
        (b"]", "line 1 column 1"),
        (b"[1}", "line 1 column 3"),
        (b"[]]", "line 1 column 3"),
        (b"{\"a\":1,}", "line 1 column 8"),
        (b"{a:1}", "line 1 column 2"),
        (b"{'a':1}", "line 1 column 2"),
        (b"{\"a\" 1}", "line 1 column 6"),
        (b"{\"a\":}", "line 1 column 6"),
        (b"{\"a\"", "line 1 column 5"),
        (b"{\"a\":1", "line 1 column 7"),
        (b"[\n01]", "line 2 column 2"),
        (b"[-]", "line 1 column 3"),
        (b"[1.]", "line 1 column 4"),
        (b"[.5]", "line 1 column 2"),
        (b"[1e]", "line 1 column 4"),
        (b"[+1]", "line 1 column 2"),
        (b"[0x1]", "line 1 column 3"),
        (b"[NaN]", "line 1 column 2"),
        (b"[Infinity]", "line 1 column 2"),
        (b"[nul]", "line 1 column 2"),
        (b"[True]", "line 1 column 2"),
        (b"[\"a]", "line 1 column 5"),
        (b"[\"\t\"]", "line 1 column 3"),
        (b"[\"\0\"]", "line 1 column 3"),
        (b"[\"\\x\"]", "line 1 column 3"),
        (b"[\"\\u12g4\"]", "line 1 column 3"),
        (b"[\"\\u\xc3\xa9\"]", "line 1 column 3"),
        (b"[\"\\", "line 1 column 3"),
        (b"[\xc3\xa9]", "line 1 column 2"),
        (b"[1]\xe2\x81\xa0", "line 1 column 4"),
        (b"[\x0c]", "line 1 column 2"),
        (b"// x\n1", "line 1 column 1"),
    ];
    for (bytes, expected) in cases {
        match check(bytes, 1000) {
            Err(Fault::Syntax { place, .. }) => assert_eq!(place, expected, "{}", String::from_utf8_lossy(bytes)),
            other => panic!("{} is {other:?}", String::from_utf8_lossy(bytes)),
        }
    }
}

#[test]
fn nesting_takes_no_stack_and_what_is_in_lists_is_counted() {
    let deep = [vec![b'['; 400_000], vec![b']'; 400_000]].concat();
    assert!(check(&deep, 1_000_000).is_ok());
    assert!(matches!(check(&deep[..400_000], 1_000_000), Err(Fault::Syntax { .. })));
    assert!(matches!(check(&deep, 100_000), Err(Fault::TooMany)));
    assert!(matches!(check(b"[0,0,0,0]", 4), Err(Fault::TooMany)));
    assert!(check(b"[0,0,0,0]", 5).is_ok());
}
