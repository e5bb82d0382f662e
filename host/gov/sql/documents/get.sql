SELECT document.*, document_kind.description
FROM document
JOIN document_kind ON document_kind.digest = document.kind
WHERE document.id = $1
