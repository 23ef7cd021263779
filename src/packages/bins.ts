/** The commands that a package brings, in the one form that installers read (npm: package-json/lib/normalize.js). */
import { posix } from 'node:path';
import { asJsonObject, isJsonObject, type JsonObject, textEntries } from './json.ts';
import { splitName } from './names.ts';

const unixify = (path: string): string => path.replace(/[\\:]/g, '/');

/** A path as seen from the package's root, without a way out of it. */
const secure = (path: string): string => posix.join('/', unixify(path)).slice(1);

/** Whether a target, read plainly, leaves the package; npm would bend it back inside, we refuse it. */
export function escapesPackage(target: string): boolean {
  return posix.normalize(unixify(target)).split('/')[0] === '..';
}

/** The raw pairs of `bin`, whatever its spelling: one text, a list, an object. */
export function readBins(manifest: JsonObject): Map<string, string> {
  const { bin, name } = manifest;
  if (typeof bin === 'string') return bin === '' ? new Map() : new Map([[splitName(String(name)).bare, bin]]);
  if (!Array.isArray(bin)) return isJsonObject(bin) ? textEntries(bin) : new Map();
  const paths = bin.filter((path): path is string => typeof path === 'string');
  return new Map(paths.map((path) => [posix.basename(path), path]));
}

/** The commands of a manifest by name, each with a plain path inside the package. */
export function normaliseBins(manifest: JsonObject): Map<string, string> {
  const clean = new Map<string, string>();
  for (const [name, target] of readBins(manifest)) {
    const command = posix.basename(secure(name));
    const path = secure(target);
    if (command !== '' && path !== '') clean.set(command, path);
  }
  return clean;
}

/** The folder of `directories.bin`, where that and not `bin` names the commands. */
export function binFolder(manifest: JsonObject): string | undefined {
  const folder = asJsonObject(manifest.directories).bin;
  return typeof folder === 'string' && !manifest.bin ? secure(folder).replace(/\/$/, '') : undefined;
}

/** The commands of `directories.bin`: every file below it, by its own name. */
export function expandBinFolder(folder: string, files: readonly string[]): Map<string, string> {
  const bins = new Map<string, string>();
  for (const file of files) {
    if (file.startsWith(`${folder}/`) && file[folder.length + 1] !== '.')
      bins.set(posix.basename(file), file);
  }
  return bins;
}
