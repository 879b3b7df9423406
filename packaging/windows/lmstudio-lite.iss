; Inno Setup 6 script; packaging/build.py passes Version, Source (the frozen folder) and Name.
; Written from Inno Setup's manual; not run yet. Installs for the current user, without an administrator.

[Setup]
AppId={{6C9B6F5E-53B1-4D0F-9B0C-9D2E6E0A7F41}
AppName=LM Studio Lite
AppVersion={#Version}
AppPublisher=The LM Studio Lite contributors
DefaultDirName={autopf}\LM Studio Lite
DefaultGroupName=LM Studio Lite
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\resources\icons\app\lmstudio-lite.ico
UninstallDisplayIcon={app}\lmstudio-lite-window.exe
OutputBaseFilename={#Name}
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\LM Studio Lite"; Filename: "{app}\lmstudio-lite-window.exe"
Name: "{autodesktop}\LM Studio Lite"; Filename: "{app}\lmstudio-lite-window.exe"; Tasks: desktopicon

[Registry]
; "Open with" for documents and models; nobody's default program is taken away.
Root: HKA; Subkey: "Software\Classes\LMStudioLite.Document"; ValueType: string; ValueData: "LM Studio Lite"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\LMStudioLite.Document\DefaultIcon"; ValueType: string; ValueData: "{app}\lmstudio-lite-window.exe,0"
Root: HKA; Subkey: "Software\Classes\LMStudioLite.Document\shell\open\command"; ValueType: string; ValueData: """{app}\lmstudio-lite-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
; The program's own files open in it.
Root: HKA; Subkey: "Software\Classes\.lmschat"; ValueType: string; ValueData: "LMStudioLite.Document"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\.pdf\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.docx\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.pptx\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.odt\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.epub\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.xlsx\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.odp\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.ods\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.html\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.mhtml\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.rtf\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.md\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.txt\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.eml\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.msg\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.csv\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.srt\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.vtt\OpenWithProgids"; ValueType: string; ValueName: "LMStudioLite.Document"; Flags: uninsdeletevalue

[Run]
Filename: "{app}\lmstudio-lite-window.exe"; Description: "{cm:LaunchProgram,LM Studio Lite}"; Flags: nowait postinstall skipifsilent
