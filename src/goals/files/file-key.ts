/** Key of an uploaded file's content. */
export function fileKey(tenantId: string, fileId: string): string {
  return `tenants/${tenantId}/uploads/${fileId}`;
}
