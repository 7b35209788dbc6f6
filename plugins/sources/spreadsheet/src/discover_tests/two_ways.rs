//! Whatever is in a file, and whatever was in the one before: read in pieces it tells what it tells when read at once.

use std::collections::BTreeSet;

use super::*;
use proptest::prelude::*;

/// Every column is mapped; some are not; values stand before the id.
const MAPPINGS: [&str; 3] = [
    r#"{"files": "*", "id": "ID", "name": "Name", "kind": "disk",
        "attribute": {"size": {"column": "Size", "type": "decimal"}, "owner": {"column": "Owner"}}}"#,
    r#"{"files": "*", "id": "ID", "kind": "disk", "attribute": {"size": {"column": "Size", "type": "decimal"}}}"#,
    r#"{"files": "*", "id": "Owner", "kind": "disk", "name": "Size", "attribute": {"size": {"column": "Size", "type": "decimal"}}}"#,
];
const HEADER: [&str; 4] = ["ID", "Name", "Size", "Owner"];

#[derive(Debug, Clone)]
struct Line {
    values: Vec<String>,
    end: &'static str,
}

fn value() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "",
        " ",
        "ID",
        "id",
        "Owner",
        "Total",
        "summa: 4",
        "#N/A",
        "é1",
        " 7 ",
        "\"8\"",
        "\"a;b,c\"",
        "\"a\nb\"",
        "x\"y",
        "\"q\"\"q\"",
        "\"open",
        "1.5",
        "2,5",
        "1,234",
        "1 000",
        "-3",
        "n/a",
        "\u{fffd}",
        "\u{feff}9",
        "\u{a0}",
    ]);
    prop_oneof![
        6 => (0_u8..40).prop_map(|number| number.to_string()),
        1 => odd.prop_map(str::to_owned),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    let values = prop_oneof![
        12 => prop::collection::vec(value(), 4),
        1 => prop::collection::vec(value(), 0..7),
        1 => Just(HEADER.map(str::to_owned).to_vec()),
    ];
    let end = prop_oneof![
        20 => Just("\n"),
        2 => Just("\r\n"),
        1 => Just("\r"),
        1 => Just("\n\n"),
    ];
    (values, end).prop_map(|(values, end)| Line { values, end })
}

#[derive(Debug, Clone)]
enum Edit {
    Keep,
    Drop,
    Replace(Line),
    Repeat,
    Precede(Line),
    ToTheEnd,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        20 => Just(Edit::Keep),
        1 => Just(Edit::Drop),
        2 => line().prop_map(Edit::Replace),
        1 => Just(Edit::Repeat),
        1 => line().prop_map(Edit::Precede),
        1 => Just(Edit::ToTheEnd),
    ]
}

fn edited(lines: &[Line], edits: &[Edit]) -> Vec<Line> {
    let (mut edited, mut last) = (Vec::new(), Vec::new());
    for (line, edit) in lines.iter().zip(edits) {
        match edit {
            Edit::Keep => edited.push(line.clone()),
            Edit::Drop => {}
            Edit::Replace(other) => edited.push(other.clone()),
            Edit::Repeat => edited.extend([line.clone(), line.clone()]),
            Edit::Precede(other) => edited.extend([other.clone(), line.clone()]),
            Edit::ToTheEnd => last.push(line.clone()),
        }
    }
    edited.append(&mut last);
    edited
}

/// How both files are written.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
struct Manner {
    mapping: usize,
    separator: &'static str,
    separator_is_told: bool,
    byte_order_mark: bool,
    trailing: bool,
    final_newline: bool,
    cut: usize,
}

fn manner() -> impl Strategy<Value = Manner> {
    (
        0_usize..3,
        prop::sample::select(vec![",", ";"]),
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.8),
        prop_oneof![4 => Just(0_usize), 1 => 1_usize..5],
    )
        .prop_map(
            |(
                mapping,
                separator,
                separator_is_told,
                byte_order_mark,
                trailing,
                final_newline,
                cut,
            )| Manner {
                mapping,
                separator,
                separator_is_told,
                byte_order_mark,
                trailing,
                final_newline,
                cut,
            },
        )
}

fn written(lines: &[Line], manner: Manner) -> Vec<u8> {
    let mut text = String::from(if manner.byte_order_mark {
        "\u{feff}"
    } else {
        ""
    });
    text.push_str(&HEADER.join(manner.separator));
    text.push('\n');
    for line in lines {
        text.push_str(&line.values.join(manner.separator));
        if manner.trailing {
            text.push_str(manner.separator);
        }
        text.push_str(line.end);
    }
    let mut bytes = text.into_bytes();
    bytes.truncate(bytes.len() - manner.cut.min(bytes.len()));
    bytes
}

fn settings(manner: Manner) -> String {
    let mut more = String::from("{");
    if manner.separator_is_told {
        more = format!(r#"{{"separator": "{}", "#, manner.separator);
    }
    if !manner.final_newline {
        more.push_str(r#""final_newline": false, "#);
    }
    MAPPINGS[manner.mapping].replacen('{', &more, 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn both_ways_tell_the_same(
        lines in prop::collection::vec(line(), 0..40),
        edits in prop::collection::vec(edit(), 40),
        manner in manner(),
        piece_bytes in 60_usize..400,
    ) {
        let settings = settings(manner);
        let mut previous = Vec::new();
        for lines in [lines.clone(), edited(&lines, &edits)] {
            let bytes = written(&lines, manner);
            let at_once = read_by(Way::AtOnce, &previous, &bytes, &settings);
            for way in [Way::InPieces(piece_bytes), Way::Twice(piece_bytes)] {
                let in_pieces = read_by(way, &previous, &bytes, &settings);
                let (Ok((told, coverage)), Ok((other, other_coverage))) = (&at_once, &in_pieces) else {
                    let texts = [&at_once, &in_pieces].map(|read| read.as_ref().unwrap_err().to_string());
                    prop_assert_eq!(&texts[0], &texts[1]);
                    continue;
                };
                prop_assert_eq!(told.settled(), other.settled());
                prop_assert_eq!(coverage, other_coverage);
            }
            if let Ok((told, _)) = at_once {
                previous = each_once(&told.hashes());
            }
        }
    }
}

/// An order has no row twice: the engine keeps one row of an id.
fn each_once(hashes: &[u8]) -> Vec<u8> {
    let mut known = BTreeSet::new();
    let rows = hashes.chunks_exact(8);
    rows.filter(|row| known.insert(*row))
        .flatten()
        .copied()
        .collect()
}

/// Many rows, told apart by their numbers.
fn rows(sizes: impl Iterator<Item = u32>) -> String {
    let rows = sizes.enumerate();
    let rows = rows.map(|(index, size)| format!("id-{index},n-{index},{size}.5,o\n"));
    "ID,Name,Size,Owner\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn a_file_as_it_should_be_is_read_once_and_never_held() {
    struct Counted<'a>(InMemory<'a>, Vec<u32>);
    impl Pieces for Counted<'_> {
        fn piece(&mut self, index: u32) -> Result<(Vec<u8>, bool), counterfoil_sdk::Error> {
            self.1.push(index);
            self.0.piece(index)
        }
    }
    let bytes = rows(0..30_000).into_bytes();
    for settings in &MAPPINGS[..2] {
        let mapping = Mapping::new(&serde_json::from_str(settings).unwrap()).unwrap();
        let (told, _) = read_by(Way::AtOnce, &[], &bytes, settings).unwrap();
        let changed = rows((0..30_000).map(|size| if size % 100 == 7 { size + 1 } else { size }));
        let piece_bytes = 1 << 18;
        let mut pieces = Counted(
            InMemory {
                bytes: changed.as_bytes(),
                piece_bytes,
            },
            vec![],
        );
        let host = Host(Rc::new(RefCell::new(Told {
            previous: told.hashes(),
            ..Told::default()
        })));
        let later = Rc::clone(&host.0);
        let order = Order {
            path: "x.csv",
            mapping: &mapping,
            timezone: &TimeZone::UTC,
            held_bytes_max: usize::MAX,
        };
        let coverage =
            discover(&mut pieces, order, Listing::new(host, settings.as_bytes())).unwrap();
        assert_complete(&coverage);
        let last = u32::try_from(changed.len() / piece_bytes).unwrap();
        assert_eq!(pieces.1, (0..=last).collect::<Vec<_>>());
        let told = later.borrow();
        assert_eq!((told.unchanged, told.observations.len()), (29_700, 300));
        assert_eq!(told.observations[0].place, "x.csv row 9");
    }
}

#[test]
fn rows_that_moved_are_found_and_rows_that_changed_their_number_style_are_not() {
    let (first, _) = read_with(rows(0..500), MAPPINGS[0]);
    let text = rows(0..500);
    let (head, body) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = body.lines().collect();
    lines.rotate_left(200);
    let turned = format!("{head}\n{}\n", lines.join("\n"));
    let (told, _) = read_after(&first.hashes(), turned.clone(), MAPPINGS[0]).unwrap();
    assert_eq!((told.unchanged, told.positions[0]), (500, 200));
    // One decimal comma, and no number of the file can be read without doubt as before.
    let (told, _) =
        read_after(&first.hashes(), turned + "new,n,\"7,25\",o\n", MAPPINGS[0]).unwrap();
    assert_eq!(told.unchanged, 0);
}

#[test]
fn a_row_that_stayed_stays_also_where_another_one_has_its_id() {
    let (first, _) = read_with(rows(0..100), MAPPINGS[0]);
    let before = rows(0..100).replacen(
        "ID,Name,Size,Owner\n",
        "ID,Name,Size,Owner\nid-50,new,1.5,o\n",
        1,
    );
    let (told, coverage) = read_after(&first.hashes(), before, MAPPINGS[0]).unwrap();
    assert_complete(&coverage);
    assert_eq!((told.unchanged, told.ids()), (100, vec!["id-50"]));
    let behind = rows(0..100) + "id-50,new,1.5,o\n";
    let (told, _) = read_after(&first.hashes(), behind, MAPPINGS[0]).unwrap();
    assert_eq!((told.unchanged, told.ids()), (100, vec!["id-50"]));
}

#[test]
fn a_broken_row_does_not_take_the_place_of_one_that_looks_like_it() {
    let mapping = MAPPINGS[2];
    let (first, _) = read_with("ID,Name,Size,Owner\nx,n,1,a,\nx,n,2,b,\n", mapping);
    let shifted = "ID,Name,Size,Owner\ny,n,2,b,z,\nx,n,1,a,\nx,n,2,b,\n";
    let (told, _) = read_after(&first.hashes(), shifted, mapping).unwrap();
    assert_eq!((told.unchanged, told.broken.len()), (2, 1));
}
