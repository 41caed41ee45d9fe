"""Trusted documents, found good before anybody is served."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.graphql.trusted import BadManifest, Fault, Trusted, read_manifest
from dinghuo.settings import Settings
from dinghuo.speech import CommandRefused, refusal

_SHOWN = 12
"""So much of a hash tells it from others."""


def trusted_documents(settings: Settings) -> Trusted:
    """Read the manifest that the settings name, and have its documents ready to be answered.

    :raises CommandRefused: if there is none where there must be one, or a document of it cannot be trusted.
    """
    path = settings.trusted_documents
    if path is None:
        if settings.only_trusted:
            raise refusal(
                zh="only_trusted 需要清单:请用 trusted_documents 指定文件。",
                en="only_trusted needs a manifest: name its file with trusted_documents.",
            )
        return Trusted()
    try:
        documents = read_manifest(path)
        if documents:
            _prepare(documents, settings)
    except OSError as error:
        why = error.strerror or str(error)
        raise refusal(
            zh=f"无法读取清单 {path}:{why}。请检查 trusted_documents。",
            en=f"The manifest {path} cannot be read: {why}. Check trusted_documents.",
        ) from error
    except BadManifest as bad:
        raise _explained(bad, settings) from bad
    return Trusted(documents, only=settings.only_trusted)


def _prepare(documents: Mapping[str, str], settings: Settings) -> None:
    # Imported here, because only those who have a manifest pay for the schema before they serve.
    from adapters.graphql.documents import Bounds
    from adapters.graphql.schema import schema

    bounds = Bounds(settings.limits, settings.graphiql)
    for key, text in documents.items():
        schema.library.keep(key, text, bounds)


def _explained(bad: BadManifest, settings: Settings) -> CommandRefused:
    path, key = settings.trusted_documents, bad.key[:_SHOWN]
    why = " ".join(bad.why.split())
    if bad.fault is Fault.OTHER_HASH:
        return refusal(
            zh=f"清单 {path} 中的 {key}… 不是其文档的 sha256。请重新生成清单。",
            en=f"In the manifest {path}, {key}… is not the sha256 of its document. Make the manifest again.",
        )
    if bad.fault is Fault.INVALID:
        return refusal(
            zh=f"清单 {path} 中的文档 {key}… 不可用:{why}",
            en=f"In the manifest {path}, the document {key}… cannot be used: {why}",
        )
    return refusal(
        zh=f"{path} 不是清单:应为 JSON 对象,键是 sha256,值是文档。{why}".strip(),
        en=f"{path} is no manifest: it takes a JSON object of documents by their sha256. {why}".strip(),
    )
