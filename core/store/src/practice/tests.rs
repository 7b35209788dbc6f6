//! Tests of the practice tables against a real file.

use super::{
    CustomerContent, DocumentFilter, DocumentId, DocumentKind, DocumentState, Header, LineContent,
    PracticeStore, PracticeStoreError,
};

const NOW: &str = "2026-03-01T00:00:00Z";

fn line(line_reference: &str, net_minor: i64) -> LineContent {
    LineContent {
        line_reference: Some(line_reference.to_owned()),
        item: None,
        description: "Rack unit".to_owned(),
        quantity: "2".to_owned(),
        unit: None,
        unit_price: "1.5".to_owned(),
        net_minor,
        first_day: None,
        last_day: None,
        tax_category: None,
        account_code: None,
    }
}

async fn open(folder: &tempfile::TempDir) -> PracticeStore {
    PracticeStore::open(&folder.path().join("practice.db"))
        .await
        .unwrap()
}

async fn add_customer(store: &PracticeStore) -> super::CustomerId {
    let content = CustomerContent {
        reference: "acme".into(),
        name: "Acme".into(),
        email: None,
    };
    let mut writing = store.begin().await.unwrap();
    let customer = writing.insert_customer(content, NOW).await.unwrap();
    writing.commit().await.unwrap();
    customer.id
}

async fn header(store: &PracticeStore, reference: &str) -> Header {
    let known = store
        .customers(Some("acme"), super::CustomerId::FIRST, 1)
        .await
        .unwrap();
    let customer = match known.first() {
        Some(customer) => customer.id,
        None => add_customer(store).await,
    };
    Header {
        kind: DocumentKind::Invoice,
        reference: Some(reference.to_owned()),
        slot_digest: None,
        content_digest: None,
        customer,
        currency: "EUR".to_owned(),
        issue_date: "2026-04-01".to_owned(),
        due_date: None,
        first_day: None,
        last_day: None,
        buyer_reference: None,
        corrects: None,
    }
}

async fn add(store: &PracticeStore, reference: &str) -> DocumentId {
    let header = header(store, reference).await;
    let mut writing = store.begin().await.unwrap();
    let lines = [line("a", 300), line("b", 450)];
    let id = writing.insert_document(&header, &lines, NOW).await.unwrap();
    writing.commit().await.unwrap();
    id
}

#[tokio::test]
async fn what_is_written_is_read_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let id = add(&store, "CF-1").await;
    let before = store.document(id).await.unwrap().unwrap();
    store.close().await;

    let after = open(&folder).await.document(id).await.unwrap().unwrap();
    assert_eq!(after, before);
    assert_eq!(
        (after.net_minor, after.version, after.lines.len()),
        (750, 1, 2)
    );
    assert_eq!(after.lines[1].content, line("b", 450));
}

#[tokio::test]
async fn a_transaction_without_commit_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let header = header(&store, "CF-1").await;
    let mut writing = store.begin().await.unwrap();
    let id = writing
        .insert_document(&header, &[line("a", 1)], NOW)
        .await
        .unwrap();
    drop(writing);
    assert_eq!(store.document(id).await.unwrap(), None);
    assert_eq!(store.counts("", 10).await.unwrap().live, 0);
}

#[tokio::test]
async fn a_number_is_lost_only_with_its_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut kept = store.begin().await.unwrap();
    assert_eq!(kept.next_number("INV/2026").await.unwrap(), 1);
    kept.commit().await.unwrap();
    let mut dropped = store.begin().await.unwrap();
    assert_eq!(dropped.next_number("INV/2026").await.unwrap(), 2);
    drop(dropped);
    let mut next = store.begin().await.unwrap();
    assert_eq!(next.next_number("INV/2026").await.unwrap(), 2);
    assert_eq!(next.next_number("CRN/2026").await.unwrap(), 1);
}

#[tokio::test]
async fn a_customer_reference_is_unique() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    add_customer(&store).await;
    let mut writing = store.begin().await.unwrap();
    let again = CustomerContent {
        reference: "acme".into(),
        name: "Acme AB".into(),
        email: None,
    };
    let refused = writing.insert_customer(again, NOW).await.unwrap_err();
    assert!(
        matches!(refused, PracticeStoreError::ReferenceTaken { reference } if reference == "acme")
    );
}

#[tokio::test]
async fn counts_tell_repeated_references_and_leave_void_ones_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let first = add(&store, "CF-1").await;
    add(&store, "CF-1").await;
    add(&store, "CF-2").await;
    let counts = store.counts("", 10).await.unwrap();
    assert_eq!((counts.live, counts.repeated), (3, 1));

    let mut writing = store.begin().await.unwrap();
    writing
        .set_state(first, DocumentState::Void, None, NOW)
        .await
        .unwrap();
    writing.commit().await.unwrap();
    let counts = store.counts("", 1).await.unwrap();
    assert_eq!((counts.live, counts.repeated, counts.page.len()), (2, 0, 1));
    assert_eq!((counts.page[0].draft, counts.page[0].void), (1, 1));
    assert_eq!(
        store.counts("CF-1", 10).await.unwrap().page[0].reference,
        "CF-2"
    );
}

#[tokio::test]
async fn a_replaced_line_keeps_the_id_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let id = add(&store, "CF-1").await;
    let before = store.document(id).await.unwrap().unwrap();
    let (kept, new) = (line("b", 500), line("c", 1));
    let mut writing = store.begin().await.unwrap();
    let lines = [(Some(before.lines[1].id), &kept), (None, &new)];
    writing
        .replace_document(id, &before.header, &lines, NOW)
        .await
        .unwrap();
    writing.commit().await.unwrap();

    let after = store.document(id).await.unwrap().unwrap();
    assert_eq!(after.lines[0].id, before.lines[1].id);
    assert!(before.lines.iter().all(|old| old.id != after.lines[1].id));
    assert_eq!((after.net_minor, after.version), (501, 2));
}

#[tokio::test]
async fn listing_pages_by_id_and_filters_by_reference_and_issue_date() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let first = add(&store, "CF-1").await;
    let second = add(&store, "CF-2").await;
    let april = DocumentFilter::Issued {
        first_day: Some("2026-04-01".into()),
        last_day: Some("2026-04-30".into()),
    };
    let page = store.documents(&april, DocumentId::FIRST, 1).await.unwrap();
    assert_eq!(page[0].id, first);
    let page = store.documents(&april, first, 10).await.unwrap();
    assert_eq!(
        page.iter().map(|document| document.id).collect::<Vec<_>>(),
        [second]
    );
    let march = DocumentFilter::Issued {
        first_day: None,
        last_day: Some("2026-03-31".into()),
    };
    assert!(
        store
            .documents(&march, DocumentId::FIRST, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let found = store
        .documents(
            &DocumentFilter::Reference("CF-2".into()),
            DocumentId::FIRST,
            10,
        )
        .await;
    assert_eq!(found.unwrap()[0].id, second);
}

#[test]
fn ids_of_one_type_are_not_read_as_another() {
    assert_eq!("doc_7".parse::<DocumentId>().unwrap().to_string(), "doc_7");
    for wrong in ["cus_7", "doc_", "doc_-7", "doc_+7", "7"] {
        assert!(wrong.parse::<DocumentId>().is_err(), "{wrong}");
    }
}
