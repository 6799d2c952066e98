// The shape of a use case behind a route: what it is called with and what it answers, both taken
// from the routes table. No Fastify here but for types of requests.
import type { Route } from '@colora/protocol/route/route';
import type { RouteName, routes } from '@colora/protocol/routes';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Caller, KeyHolder } from '../keys/key-ring.ts';
import type { IncomingBody } from './incoming-body.ts';

type Parsed<Part> = Part extends z.ZodType ? z.output<Part> : never;
type Row<Name extends RouteName> = (typeof routes)[Name];
type PartOf<Name extends RouteName, Key extends string> =
  Row<Name> extends { [K in Key]: infer Part } ? Part : never;

export type Call<Name extends RouteName> = Asked<Name> &
  (PartOf<Name, 'access'> extends 'anyone' ? FromAnyone : { readonly caller: Caller }) &
  (Row<Name> extends { readonly browser: true } ? { readonly browser: Browser } : object);

/** What asks to sign in. */
export interface Browser {
  /** Of its session, where it has one that may count. */
  readonly sessionToken: string | undefined;
  /** Of its sign-in by OpenID Connect, where it may be in the midst of one. */
  readonly flow: string | undefined;
  /** What it calls itself. */
  readonly agent: string | null;
  /** From then on it comes with this token; null: with none. */
  readonly keep: (token: string | null, seconds: number) => void;
  /** Until then it may come back from a provider with a sign-in that began so; null: with none. */
  readonly keepFlow: (flow: string | null, seconds: number) => void;
  /** Throws client-certificate-needed where members come with one and it has none. */
  readonly assertCertified: () => void;
}

interface FromAnyone {
  /** Null where no key was sent. */
  readonly caller: Caller | null;
  /** Where it comes from, also then. */
  readonly address: string;
}

interface Asked<Name extends RouteName> {
  readonly params: Parsed<PartOf<Name, 'params'>>;
  readonly query: Parsed<PartOf<Name, 'query'>>;
  readonly body: PartOf<Name, 'body'> extends 'bytes' ? IncomingBody : Parsed<PartOf<Name, 'body'>>;
}

/** Bytes to send; the HTTP side sees to ETag, conditional requests, ranges and lengths. */
export interface BytesResult {
  readonly sha256: string;
  readonly bytes: number;
  /** The same address never yields other bytes. */
  readonly immutable: boolean;
  /** The bytes from `from` (included) to `to` (excluded): in parts where they are not in memory. */
  readonly content: (from: number, to: number) => Uint8Array | AsyncIterable<Uint8Array>;
  /** Some of them are about to be sent: not where the caller has them already. */
  readonly onBegin?: () => void;
  /** The last of them has been sent. */
  readonly onEnd?: () => void;
}

export type Result<Name extends RouteName> =
  PartOf<Name, 'answer'> extends infer Answer
    ? Answer extends 'bytes'
      ? BytesResult
      : Answer extends 'redirect'
        ? string
        : Answer extends z.ZodType
          ? z.input<Answer>
          : never
    : never;

type Handler<Name extends RouteName> = (
  context: Context,
  call: Call<Name>,
) => Promise<Result<Name>> | Result<Name>;

export type Handlers = { readonly [Name in RouteName]: Handler<Name> };

/** What a request states of its use case in headers, and the answer to it. */
export interface Performed {
  /** As JSON data. */
  readonly answer: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Runs a use case, whose answer is checked, under the conditions that its request states in headers (conditions/). */
export type Perform = (
  context: Context,
  asked: {
    readonly route: Route;
    readonly request: Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'body' | 'params'>;
    /** Undefined: a stranger. */
    readonly holder: KeyHolder | undefined;
  },
  use: (context: Context) => Promise<unknown>,
) => Promise<Performed>;
