/** The bodies of everything that is PUT to a package: read as they arrive, their tarball kept as a draft. */
import { openBody, requireJson } from '../http/body.ts';
import { bodyTime } from '../http/pace.ts';
import type { BodyReader } from '../http/route.ts';
import { validated } from '../http/validated.ts';
import type { BlobDraft, Blobs } from '../kernel/ports.ts';
import { packageDocument, type UploadedDocument } from '../packages/document.ts';
import { readUpload, type Upload, uploadLimits } from '../packages/upload/read-upload.ts';
import { openRoom } from '../packages/upload/room.ts';

/**
 * Reads them for tarballs of at most so many bytes. What is not made a blob is discarded with the answer. Fails with
 * `media_type_unsupported`, `request_invalid`, `document_invalid`, `request_too_large`, `request_too_slow`,
 * `tarball_too_large`, `busy`.
 */
export function uploadReader(blobs: Blobs, tarballLimit: number): BodyReader<UploadedDocument> {
  const limits = uploadLimits(tarballLimit);
  const room = openRoom();
  return {
    limit: limits.body,
    read: async (request) => {
      requireJson(request);
      const place = room.enter();
      let upload: Upload<BlobDraft> | undefined;
      const release = async (): Promise<void> => {
        place.leave();
        await upload?.tarball?.sink.discard();
      };
      try {
        const body = openBody(request, limits.body, bodyTime.upload);
        upload = await readUpload(body, limits, blobs.open, place);
        return { body: { ...upload, document: validated(packageDocument, upload.document) }, release };
      } catch (thrown) {
        await release();
        throw thrown;
      }
    },
  };
}
