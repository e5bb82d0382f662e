//! The actions that change data sets: for publishers' tools, which send the API token of their organisation in
//! `Authorization`, with or without `Bearer`.
//!
//! A data set has one file here, so that the id of the file is that of the data set. It is published with its file: what
//! `package_create` names is not in the catalogue before. A file with a bad row is refused with the line of each.

mod body;
mod description;
mod rows;

use axum::extract::Request;
use axum::http::request::Parts;
use serde_json::{Value as Json, json};

use super::super::Authenticate;
use super::{ActionResult, Failure, form};
use crate::open_data::catalogue::Dataset;
use crate::open_data::published::{PublishError, Publisher, store};
use crate::open_data::{OpenData, publisher};
use body::Sent;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    DatastoreCreate,
    DatastoreUpsert,
    PackageCreate,
    PackageDelete,
    PackagePatch,
    PackageUpdate,
    ResourceCreate,
    ResourceUpdate,
}

/// The most bytes of a refused request that are read and dropped.
const DRAINED_BYTES_MAX: usize = 64 * 1024;
/// Why a token is refused.
const NO_TOKEN: &str =
    "send an API token of your organisation in `Authorization`; make one on the developers' page";

/// Answers an action of the organisation whose token the request has.
pub(super) async fn run(
    open_data: &OpenData,
    publishers: &dyn Authenticate,
    write: Write,
    request: Request,
) -> ActionResult {
    let (mut head, body) = request.into_parts();
    // Before anything that it sends is kept.
    let publisher = match may_write(open_data, publishers, &mut head).await {
        Ok(publisher) => publisher,
        Err(failure) => {
            // A client that is still sending would not read the answer: the connection ends with unread bytes in it.
            drop(axum::body::to_bytes(body, DRAINED_BYTES_MAX).await);
            return Err(failure);
        }
    };
    let sent = Sent::read(open_data, &publisher, Request::from_parts(head, body)).await?;
    let desk = Desk { open_data, publisher };
    match write {
        Write::PackageCreate => desk.package_create(&sent).await,
        Write::PackageUpdate => desk.package_update(&sent, false).await,
        Write::PackagePatch => desk.package_update(&sent, true).await,
        Write::PackageDelete => desk.package_delete(&sent).await,
        Write::ResourceCreate => desk.resource(sent, "package_id").await,
        Write::ResourceUpdate => desk.resource(sent, "id").await,
        Write::DatastoreCreate => desk.datastore_create(&sent).await,
        Write::DatastoreUpsert => desk.datastore_upsert(&sent).await,
    }
}

async fn may_write(
    open_data: &OpenData,
    publishers: &dyn Authenticate,
    head: &mut Parts,
) -> Result<Publisher, Failure> {
    match publishers.publisher(head).await {
        Ok(Some(publisher)) => admitted(open_data, &publisher).await.map(|()| publisher),
        Ok(None) => Err(Failure::Denied(NO_TOKEN.to_owned())),
        Err(_) => Err(Failure::Unavailable),
    }
}

async fn admitted(open_data: &OpenData, publisher: &Publisher) -> Result<(), Failure> {
    let of = async {
        let mut reader = open_data.platform().db.reader().await?;
        store::publisher(&mut reader, &publisher.organisation).await
    };
    match of.await {
        Ok(Some(found)) if found.state == store::PublisherState::Admitted => Ok(()),
        Ok(_) => Err(Failure::of_publishing(PublishError::NotPublisher)),
        Err(_) => Err(Failure::Unavailable),
    }
}

/// A publisher at work.
struct Desk<'o> {
    open_data: &'o OpenData,
    publisher: Publisher,
}

impl Desk<'_> {
    /// Refuses an organisation of CKAN that is not the token's.
    fn check_owner(&self, sent: &Sent) -> Result<(), Failure> {
        let name = publisher::name(&self.publisher.name);
        match sent.text("owner_org")? {
            None | Some("") => Ok(()),
            Some(owner) if owner == name => Ok(()),
            Some(_) => Err(Failure::Denied(format!(
                "the token is of the organisation `{name}`"
            ))),
        }
    }

    async fn package_create(&self, sent: &Sent) -> ActionResult {
        self.check_owner(sent)?;
        let about = description::read(sent, None)?;
        let announced = self.open_data.announce(&self.publisher, &about).await;
        let announced = announced.map_err(Failure::of_publishing)?;
        self.package(&announced.about.identifier).await
    }

    /// `package_update`, or `package_patch`, which keeps what is not given.
    async fn package_update(&self, sent: &Sent, keeps: bool) -> ActionResult {
        self.check_owner(sent)?;
        let id = sent.required(["id", "name"])?;
        let set = self.open_data.own_set(&self.publisher, id).await;
        let set = set.map_err(Failure::of_publishing)?;
        let about = description::read(sent, keeps.then_some(&set.about))?;
        if about.identifier != set.identifier {
            return Err(Failure::validation("name", "the name of a data set stays"));
        }
        let described = self.open_data.describe(&self.publisher, &about).await;
        described.map_err(Failure::of_publishing)?;
        self.package(&set.identifier).await
    }

    async fn package_delete(&self, sent: &Sent) -> ActionResult {
        let id = sent.required(["id", "id"])?;
        let withdrawn = self.open_data.withdraw(&self.publisher, id).await;
        withdrawn.map_err(Failure::of_publishing)?;
        Ok(Json::Null)
    }

    /// `resource_create` and `resource_update`: publishes the uploaded file.
    async fn resource(&self, sent: Sent, id: &'static str) -> ActionResult {
        let choice = sent.choice()?;
        let id = sent.required([id, "package_id"])?.to_owned();
        let Some((file, name)) = sent.file else {
            let message =
                "send the file as `upload` in a form (multipart/form-data); an address is not fetched";
            return Err(Failure::validation("upload", message));
        };
        let published = rows::publish(self.open_data, &self.publisher, &id, file, &name, choice).await?;
        let catalogue = self.open_data.catalogue();
        let dataset = catalogue.dataset(&id).ok_or(Failure::NotFound)?;
        let file = dataset.distribution.first().ok_or(Failure::NotFound)?;
        let mut resource = form::resource(&catalogue, dataset, file, 0);
        if let Some(fields) = resource.as_object_mut() {
            fields.insert("reading".to_owned(), json!(published));
        }
        Ok(resource)
    }

    /// The data set as CKAN has it, also before its first file.
    async fn package(&self, identifier: &str) -> ActionResult {
        let catalogue = self.open_data.catalogue();
        if let Some(dataset) = catalogue.dataset(identifier) {
            return Ok(form::package(&catalogue, dataset));
        }
        let set = self.open_data.own_set(&self.publisher, identifier).await;
        let dataset = Dataset::from(set.map_err(Failure::of_publishing)?);
        Ok(form::package(&catalogue, &dataset))
    }
}
