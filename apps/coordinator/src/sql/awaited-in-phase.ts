// For which of the members of a masked round its phase waits, as one piece of SQL for all who ask.
import { type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet

/** Of "Round" r, a "MaskedMember" s of its attempt and that one's "Contribution" k to it, joined or not: false where any is missing. */
export const isAwaitedInPhaseSql: Sql = sqltag`COALESCE(CASE r."phase"
  WHEN 'sharing' THEN s."sharesHash" IS NULL AND s."roundId" IS NOT NULL
  WHEN 'masking' THEN s."isSharer" AND k."roundId" IS NULL
  WHEN 'signing' THEN s."isSender" AND s."signature" IS NULL
  WHEN 'revealing' THEN s."isSigner" AND s."reveals" IS NULL END, FALSE)`;
