// `colora login` and `colora logout`: the key of a coordinator kept in the system's keychain, or no longer.
import { Command } from 'commander';
import { config } from '../../config.ts';
import { openAccess, withUrlFlag } from '../../coordinator-api.ts';
import { type AccessFlags, givenKey, withAccessFlags } from '../../flags/access-flags.ts';
import { keySigns } from '../../flags/option-values.ts';
import { print } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

type LoginFlags = AccessFlags & { readonly url: string };

export function loginCommand(): Command {
  const command = new Command('login').description(
    'Keep your API key for a coordinator in the system’s keychain, and remember its address, so that commands need neither (the key is asked for)',
  );
  return withAccessFlags(withUrlFlag(command), 'API key (else it is asked for, which nobody sees)')
    .addHelpText('after', '\nExample:\n  $ colora login --url https://colora.example.org')
    .action(async (flags: LoginFlags) => {
      const { keepKey } = await import('../../keychain.ts');
      const key = (await givenKey(flags)) ?? (await askedKey(flags.url));
      const { api } = await openAccess({ url: flags.url, key, insecure: flags.insecure === true });
      const me = await api.call('whoAmI', {});
      await keepKey(flags.url, key);
      await rememberLogin(flags.url, me);
      print(
        `${me.role} ${me.name} at ${flags.url}: the key is in the system’s keychain (colora logout takes it out)`,
      );
    });
}

export function logoutCommand(): Command {
  return withUrlFlag(
    new Command('logout').description(
      'Take a coordinator’s key out of the system’s keychain, and its address out of what is remembered',
    ),
  )
    .addHelpText('after', '\nIt stays valid: colora keys revoke ends it.\n\nExample:\n  $ colora logout')
    .action(async ({ url }: { readonly url: string }) => {
      const { dropKey } = await import('../../keychain.ts');
      const was = await dropKey(url);
      const { forgetWhere } = await import('../../remembered/remember.ts');
      await forgetWhere(config.configFolder, (one) => one.kind === 'login' && one.url === url);
      print(was ? `the key for ${url} is out of the keychain` : `the keychain had no key for ${url}`);
    });
}

/** Where nobody has a place for it, nothing is remembered. */
async function rememberLogin(url: string, { role, name }: { role: string; name: string }): Promise<void> {
  const { configFolder } = config;
  if (configFolder === null) return;
  const { remember } = await import('../../remembered/remember.ts');
  await remember(configFolder, { kind: 'login', url, role, as: name });
}

async function askedKey(url: string): Promise<string> {
  const { askSecret } = await import('../../terminal/ask-secret.ts');
  const key = await askSecret(`API key for ${url} (not shown): `);
  if (key === null)
    throw new UsageError(
      'nobody can be asked for the key here: pass --key-file FILE, or - for the standard input',
    );
  if (!keySigns.test(key))
    throw new UsageError('that is no API key: one line of letters, digits and signs of ASCII');
  return key;
}
