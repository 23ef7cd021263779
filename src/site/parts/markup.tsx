/** README or other text that the server already made safe (WE4). Nothing else may be given to it. */
export function Html({ safe }: { readonly safe: string }) {
  return <div class="prose" dangerouslySetInnerHTML={{ __html: safe }} />;
}

/** An SVG picture that this server generated, such as a QR code; `label` says what it is to those who cannot see it. */
export function Svg({ generated, label }: { readonly generated: string; readonly label: string }) {
  return (
    <div class="picture" role="img" aria-label={label} dangerouslySetInnerHTML={{ __html: generated }} />
  );
}
